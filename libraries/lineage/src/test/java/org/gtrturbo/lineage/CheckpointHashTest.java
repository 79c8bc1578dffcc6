package org.gtrturbo.lineage;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.time.Instant;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.gtrturbo.events.BlobRef;
import org.gtrturbo.events.Checkpoint;
import org.gtrturbo.events.OffsetRange;
import org.gtrturbo.events.TensorRef;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The hash is over the text that {@link CheckpointHash} documents, and over nothing else. */
class CheckpointHashTest {
  @Test
  void theHashIsOverTheDocumentedText() throws Exception {
    String text =
        """
        checkpoint 2
        parent 1a
        settings 2b
        policy 3c
        trained 96 24
        batch 0 4 9
        batch 1 0 2
        ledger 5e
        tensor a float32 2 a1
        tensor b float32 2x3 b1 b2
        optimizer m float32 8 m1
        """;
    byte[] digest =
        MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));

    assertThat(CheckpointHash.of(checkpoint().build())).isEqualTo(HexFormat.of().formatHex(digest));
  }

  @Test
  void aCheckpointOfBeforeThereWereLedgerDigestsKeepsItsHash() {
    assertThat(CheckpointHash.of(checkpoint().setLedgerDigest("").build()))
        .isEqualTo("05d4a4f9eac9acda32140d94f9741bf290f669242b47cb6caf1aa22c30e49410");
  }

  @ParameterizedTest
  @MethodSource("changes")
  void whatMakesAnotherVersionMakesAnotherHash(Consumer<Checkpoint.Builder> change) {
    var changed = checkpoint();
    change.accept(changed);

    assertThat(CheckpointHash.of(changed.build()))
        .isNotEqualTo(CheckpointHash.of(checkpoint().build()));
  }

  @Test
  void whenItWasMadeAndWhatItWeighedDoNotEnter() {
    var later =
        checkpoint().setCreatedAt(Instant.MAX.minusSeconds(1)).setLosses(Map.of("loss", 9.0));

    assertThat(CheckpointHash.of(later.build())).isEqualTo(CheckpointHash.of(checkpoint().build()));
  }

  private static Stream<Consumer<Checkpoint.Builder>> changes() {
    return Stream.of(
        each -> each.setVersion(3),
        each -> each.setParentHash("1b"),
        each -> each.setSettingsHash("2c"),
        each -> each.setPolicy(blob("3d")),
        each -> each.setTurnsTrained(97),
        each -> each.setOptimizerSteps(25),
        each -> each.setBatch(List.of(new OffsetRange(0, 4L, 9L))),
        each -> each.setLedgerDigest("5f"),
        each -> each.setTensors(List.of(tensor("a", List.of(2L), "a1"))),
        each -> each.setOptimizer(List.of(tensor("m", List.of(8L), "m2"))));
  }

  private static Checkpoint.Builder checkpoint() {
    return Checkpoint.newBuilder()
        .setRun("run")
        .setVersion(2)
        .setHash("")
        .setParentHash("1a")
        .setSettingsHash("2b")
        .setPolicy(blob("3c"))
        .setTensors(
            List.of(tensor("b", List.of(2L, 3L), "b1", "b2"), tensor("a", List.of(2L), "a1")))
        .setOptimizer(List.of(tensor("m", List.of(8L), "m1")))
        .setOptimizerSteps(24)
        .setTurnsTrained(96)
        .setBatch(List.of(new OffsetRange(0, 4L, 9L), new OffsetRange(1, 0L, 2L)))
        .setProgress(List.of())
        .setConsumed(List.of())
        .setLedgerDigest("5e")
        .setLosses(Map.of())
        .setCreatedAt(Instant.EPOCH);
  }

  private static TensorRef tensor(String name, List<Long> shape, String... chunks) {
    return new TensorRef(
        name, "float32", shape, Stream.of(chunks).map(CheckpointHashTest::blob).toList());
  }

  private static BlobRef blob(String sha256) {
    return new BlobRef(sha256, 4L);
  }
}
