package org.gtrturbo.lineage;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import java.util.TreeMap;
import org.gtrturbo.events.BlobRef;
import org.gtrturbo.events.MergeSum;
import org.gtrturbo.events.Teacher;
import org.gtrturbo.events.TeacherInput;
import org.gtrturbo.events.TensorRef;

/**
 * The hash that names a teacher and, through its parent's, the whole chain before it.
 *
 * <p>SHA-256 over, in this order: the text {@code gtr-teacher-1}; version; parent hash; rule; the
 * rule's settings sorted by key; merged; the inputs in their order (kind, version, hash, weight);
 * the policy's blob; the tensors in their order (name, dtype, shape, chunks). Text is UTF-8 behind
 * its length in bytes, a list stands behind its length, lengths are 4 bytes, whole numbers 8 bytes
 * and weights the 8 bytes of an IEEE double, all big-endian; a blob is its SHA-256 as text and its
 * length in bytes.
 *
 * <p>Where there is anything of it, the text is {@code gtr-teacher-2} and behind the tensors come
 * the stream, the revision, the weight of what is merged, the base's blob, and the sums (name, then
 * the blobs of their shards). EMA, SMA and the frozen base need none of these.
 *
 * <p>Left out: the run's name, so that a replay of a run under another name has the same hashes;
 * the time; the ONNX model, which is made from the rest and carries this hash.
 */
public final class TeacherHash {
  private static final String FORMAT = "gtr-teacher-1";
  private static final String WHOLE_FORMAT = "gtr-teacher-2";
  // Their weight follows from the count.
  private static final Set<String> COUNTED = Set.of("ema", "sma", "frozen");

  private final MessageDigest digest;

  private TeacherHash(MessageDigest digest) {
    this.digest = digest;
  }

  /** Lower-case hexadecimal; the teacher's own field {@code hash} does not matter. */
  public static String of(Teacher teacher) {
    var hash = new TeacherHash(sha256());
    boolean whole = isOfWholeFormat(teacher);
    hash.text(whole ? WHOLE_FORMAT : FORMAT);
    hash.number(teacher.getVersion());
    hash.text(teacher.getParentHash());
    hash.text(teacher.getRule());
    hash.length(teacher.getRuleSettings().size());
    new TreeMap<>(teacher.getRuleSettings())
        .forEach(
            (key, value) -> {
              hash.text(key);
              hash.text(value);
            });
    hash.number(teacher.getMerged());
    hash.length(teacher.getInputs().size());
    teacher.getInputs().forEach(hash::input);
    hash.blob(teacher.getPolicy());
    hash.length(teacher.getTensors().size());
    teacher.getTensors().forEach(hash::tensor);
    if (whole) {
      hash.text(teacher.getStream());
      hash.number(teacher.getRevision());
      hash.number(Double.doubleToLongBits(teacher.getWeight()));
      hash.length(teacher.getBase().isPresent() ? 1 : 0);
      teacher.getBase().ifPresent(hash::blob);
      List<MergeSum> sums = teacher.getSums().orElse(List.of());
      hash.length(sums.size());
      sums.forEach(hash::sum);
    }
    return HexFormat.of().formatHex(hash.digest.digest());
  }

  private static boolean isOfWholeFormat(Teacher teacher) {
    return !teacher.getStream().isEmpty()
        || teacher.getRevision() != 0
        || teacher.getBase().isPresent()
        || teacher.getSums().isPresent()
        || !COUNTED.contains(teacher.getRule());
  }

  private void sum(MergeSum sum) {
    text(sum.getName());
    length(sum.getShards().size());
    sum.getShards().forEach(this::blob);
  }

  private void input(TeacherInput input) {
    text(input.getKind().name());
    number(input.getVersion());
    text(input.getHash());
    number(Double.doubleToLongBits(input.getWeight()));
  }

  private void tensor(TensorRef tensor) {
    text(tensor.getName());
    text(tensor.getDtype());
    length(tensor.getShape().size());
    tensor.getShape().forEach(this::number);
    length(tensor.getChunks().size());
    tensor.getChunks().forEach(this::blob);
  }

  private void blob(BlobRef blob) {
    text(blob.getSha256());
    number(blob.getBytes());
  }

  private void text(String text) {
    byte[] bytes = text.getBytes(UTF_8);
    length(bytes.length);
    digest.update(bytes);
  }

  private void length(int length) {
    digest.update(ByteBuffer.allocate(Integer.BYTES).putInt(0, length));
  }

  private void number(long number) {
    digest.update(ByteBuffer.allocate(Long.BYTES).putLong(0, number));
  }

  private static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("this Java runtime has no SHA-256", e);
    }
  }
}
