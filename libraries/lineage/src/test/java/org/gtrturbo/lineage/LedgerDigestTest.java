package org.gtrturbo.lineage;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.gtrturbo.lineage.SmallRuns.digest;
import static org.gtrturbo.lineage.SmallRuns.digests;
import static org.gtrturbo.lineage.SmallRuns.leftOut;
import static org.gtrturbo.lineage.SmallRuns.range;

import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.time.Instant;
import java.util.HexFormat;
import java.util.List;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.gtrturbo.events.LedgerEntry;
import org.gtrturbo.events.LeftOutReason;
import org.gtrturbo.platform.kafka.RecordDigest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The digest is over the bytes that {@link LedgerDigest} documents, and over all of them. */
class LedgerDigestTest {

  @Test
  void theDigestIsOverTheDocumentedBytes() throws Exception {
    var bytes = new ByteArrayOutputStream();
    var data = new DataOutputStream(bytes);
    writeText(data, "trained");
    data.writeInt(2);
    writeRange(data, 0, 4, 5);
    writeRange(data, 1, 0, 0);
    data.writeInt(3 * 16);
    writeDigest(data, "a");
    writeDigest(data, "b");
    writeDigest(data, "c");
    writeText(data, "STALE");
    data.writeInt(1);
    writeRange(data, 1, 3, 3);
    data.writeInt(16);
    writeDigest(data, "d");
    writeText(data, "GAP");
    data.writeInt(1);
    writeRange(data, 0, 7, 7);
    data.writeInt(16);
    data.write(new byte[16]);
    byte[] digest = MessageDigest.getInstance("SHA-256").digest(bytes.toByteArray());

    assertThat(LedgerDigest.of(entry().build())).isEqualTo(HexFormat.of().formatHex(digest));
  }

  @ParameterizedTest
  @MethodSource("whatCounts")
  void whatEnteredAnUpdateCannotBeChangedWithoutAnotherDigest(
      UnaryOperator<LedgerEntry.Builder> change) {
    assertThat(LedgerDigest.of(change.apply(entry()).build()))
        .isNotEqualTo(LedgerDigest.of(entry().build()));
  }

  static Stream<UnaryOperator<LedgerEntry.Builder>> whatCounts() {
    var stale = leftOut(LeftOutReason.STALE, List.of(range(1, 3, 3)), List.of(digest("d")));
    var gap = leftOut(LeftOutReason.GAP, List.of(range(0, 7, 7)), List.of(RecordDigest.NONE));
    return Stream.of(
        entry -> entry.setTrained(List.of(range(1, 4, 5), range(1, 0, 0))),
        entry -> entry.setTrained(List.of(range(0, 3, 5), range(1, 0, 0))),
        entry -> entry.setTrained(List.of(range(0, 4, 6), range(1, 0, 0))),
        entry -> entry.setTrained(List.of(range(1, 0, 0), range(0, 4, 5))),
        entry -> entry.setTrained(List.of(range(0, 4, 4), range(0, 5, 5), range(1, 0, 0))),
        entry -> entry.setTrainedDigests(digests(List.of(digest("a"), digest("b"), digest("x")))),
        entry -> entry.setTrainedDigests(digests(List.of(digest("b"), digest("a"), digest("c")))),
        entry -> entry.setTrainedDigests(ByteBuffer.allocate(0)),
        entry -> entry.setLeftOut(List.of()),
        entry -> entry.setLeftOut(List.of(stale)),
        entry -> entry.setLeftOut(List.of(gap, stale)),
        entry ->
            entry.setLeftOut(
                List.of(
                    leftOut(LeftOutReason.ABANDONED, List.of(range(1, 3, 3)), List.of(digest("d"))),
                    gap)),
        entry ->
            entry.setLeftOut(
                List.of(
                    leftOut(LeftOutReason.STALE, List.of(range(1, 2, 2)), List.of(digest("d"))),
                    gap)),
        entry ->
            entry.setLeftOut(
                List.of(
                    leftOut(LeftOutReason.STALE, List.of(range(1, 3, 3)), List.of(digest("x"))),
                    gap)));
  }

  @Test
  void theVersionAndTheTimeDoNotCountAndTheDigestsStayToBeRead() {
    LedgerEntry entry = entry().build();
    LedgerEntry other =
        entry()
            .setRun("replay")
            .setVersion(9)
            .setCheckpointHash("other")
            .setCreatedAt(Instant.ofEpochSecond(1))
            .build();

    assertThat(LedgerDigest.of(other)).isEqualTo(LedgerDigest.of(entry));
    assertThat(entry.getTrainedDigests().remaining()).isEqualTo(3 * RecordDigest.BYTES);
  }

  private static LedgerEntry.Builder entry() {
    return SmallRuns.entry(
            2,
            List.of(range(0, 4, 5), range(1, 0, 0)),
            List.of(digest("a"), digest("b"), digest("c")))
        .setLeftOut(
            List.of(
                leftOut(LeftOutReason.STALE, List.of(range(1, 3, 3)), List.of(digest("d"))),
                leftOut(LeftOutReason.GAP, List.of(range(0, 7, 7)), List.of(RecordDigest.NONE))));
  }

  private static void writeText(DataOutputStream data, String text) throws Exception {
    data.writeInt(text.length());
    data.write(text.getBytes(UTF_8));
  }

  private static void writeRange(DataOutputStream data, int partition, long first, long last)
      throws Exception {
    data.writeInt(partition);
    data.writeLong(first);
    data.writeLong(last);
  }

  private static void writeDigest(DataOutputStream data, String value) throws Exception {
    data.write(MessageDigest.getInstance("SHA-256").digest(value.getBytes(UTF_8)), 0, 16);
  }
}
