package org.gtrturbo.lineage;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.TreeMap;
import org.gtrturbo.events.BlobRef;
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
 * <p>Left out: the run's name, so that a replay of a run under another name has the same hashes;
 * the time; the ONNX model, which is made from the rest and carries this hash.
 */
public final class TeacherHash {
  private static final String FORMAT = "gtr-teacher-1";

  private final MessageDigest digest;

  private TeacherHash(MessageDigest digest) {
    this.digest = digest;
  }

  /** Lower-case hexadecimal; the teacher's own field {@code hash} does not matter. */
  public static String of(Teacher teacher) {
    var hash = new TeacherHash(sha256());
    hash.text(FORMAT);
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
    return HexFormat.of().formatHex(hash.digest.digest());
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
