package org.gtrturbo.lineage;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Collectors;
import org.gtrturbo.events.BlobRef;
import org.gtrturbo.events.Checkpoint;
import org.gtrturbo.events.TensorRef;

/**
 * A checkpoint's hash: SHA-256, lower-case hexadecimal, over this text in UTF-8, every line ended
 * by a line feed and fields parted by single blanks.
 *
 * <pre>
 * checkpoint VERSION
 * parent PARENT_HASH
 * settings SETTINGS_HASH
 * policy SHA256
 * trained TURNS_TRAINED OPTIMIZER_STEPS
 * batch PARTITION FIRST LAST                 for each range of the batch, in its order
 * ledger SHA256                              where it has a ledger digest
 * tensor NAME DTYPE SHAPE CHUNK CHUNK ...    for each tensor by name; shape as 2x3, chunks by SHA-256
 * optimizer NAME DTYPE SHAPE CHUNK CHUNK ... for each optimizer tensor by name
 * </pre>
 *
 * <p>Through the parent's hash it speaks for all versions before, and through the ledger's digest
 * for every record that was trained on or left out. The run's name, when it was made, what it
 * weighed and how far reading had come do not enter.
 */
public final class CheckpointHash {
  private CheckpointHash() {}

  /** The hash that the checkpoint must have; its own hash field is not looked at. */
  public static String of(Checkpoint checkpoint) {
    try {
      byte[] digest = MessageDigest.getInstance("SHA-256").digest(text(checkpoint).getBytes(UTF_8));
      return HexFormat.of().formatHex(digest);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("this Java runtime has no SHA-256", e);
    }
  }

  private static String text(Checkpoint checkpoint) {
    var text = new StringBuilder();
    line(text, "checkpoint", checkpoint.getVersion());
    line(text, "parent", checkpoint.getParentHash());
    line(text, "settings", checkpoint.getSettingsHash());
    line(text, "policy", checkpoint.getPolicy().getSha256());
    line(text, "trained", checkpoint.getTurnsTrained(), checkpoint.getOptimizerSteps());
    checkpoint
        .getBatch()
        .forEach(
            range -> line(text, "batch", range.getPartition(), range.getFirst(), range.getLast()));
    if (!checkpoint.getLedgerDigest().isEmpty()) {
      line(text, "ledger", checkpoint.getLedgerDigest());
    }
    tensors(text, "tensor", checkpoint.getTensors());
    tensors(text, "optimizer", checkpoint.getOptimizer());
    return text.toString();
  }

  private static void tensors(StringBuilder text, String kind, List<TensorRef> tensors) {
    tensors.stream()
        .sorted(Comparator.comparing(TensorRef::getName))
        .forEach(
            tensor ->
                line(
                    text,
                    kind,
                    tensor.getName(),
                    tensor.getDtype(),
                    tensor.getShape().stream()
                        .map(String::valueOf)
                        .collect(Collectors.joining("x")),
                    tensor.getChunks().stream()
                        .map(BlobRef::getSha256)
                        .collect(Collectors.joining(" "))));
  }

  private static void line(StringBuilder text, Object... fields) {
    for (int index = 0; index < fields.length; index++) {
      text.append(index == 0 ? "" : " ").append(fields[index]);
    }
    text.append('\n');
  }
}
