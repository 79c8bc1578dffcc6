package org.gtrturbo.lineage;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.gtrturbo.events.BlobRef;
import org.gtrturbo.events.Checkpoint;
import org.gtrturbo.events.LedgerEntry;
import org.gtrturbo.events.LeftOut;
import org.gtrturbo.events.LeftOutReason;
import org.gtrturbo.events.OffsetRange;
import org.gtrturbo.events.PartitionProgress;
import org.gtrturbo.events.TopicCatalogue;
import org.gtrturbo.platform.kafka.RecordDigest;

/** Checkpoints and ledger entries of runs that nobody made. */
final class SmallRuns {
  static {
    // Avro copies events of classes that it trusts, and the codecs say which.
    var _ = new TopicCatalogue("run", 1).ledger().codec();
  }

  private SmallRuns() {}

  /** The digest of a record whose value is this text. */
  static RecordDigest digest(String value) {
    return RecordDigest.of(value.getBytes(UTF_8));
  }

  static ByteBuffer digests(List<RecordDigest> digests) {
    ByteBuffer bytes = ByteBuffer.allocate(digests.size() * RecordDigest.BYTES);
    digests.forEach(digest -> digest.putInto(bytes));
    return bytes.flip();
  }

  static OffsetRange range(int partition, long first, long last) {
    return new OffsetRange(partition, first, last);
  }

  /** An entry that trained on these ranges, of records with these digests. */
  static LedgerEntry.Builder entry(
      long version, List<OffsetRange> trained, List<RecordDigest> digests) {
    return LedgerEntry.newBuilder()
        .setRun("run")
        .setVersion(version)
        .setCheckpointHash("")
        .setTrained(trained)
        .setTrainedDigests(digests(digests))
        .setTurnsTrained(offsets(trained))
        .setEpisodesTrained(1)
        .setOldestPolicyVersion(0)
        .setNewestPolicyVersion(0)
        .setLeftOut(List.of())
        .setCreatedAt(Instant.EPOCH);
  }

  static LeftOut leftOut(
      LeftOutReason reason, List<OffsetRange> ranges, List<RecordDigest> digests) {
    return new LeftOut(reason, ranges, offsets(ranges), digests(digests));
  }

  private static long offsets(List<OffsetRange> ranges) {
    return ranges.stream().mapToLong(range -> range.getLast() - range.getFirst() + 1).sum();
  }

  /** A checkpoint that says how far everything is settled and no more. */
  static Checkpoint.Builder checkpoint(long version, PartitionProgress... progress) {
    return Checkpoint.newBuilder()
        .setRun("run")
        .setVersion(version)
        .setHash("")
        .setParentHash("")
        .setSettingsHash("settings")
        .setPolicy(new BlobRef("policy", 1L))
        .setTensors(List.of())
        .setOptimizer(List.of())
        .setOptimizerSteps(version)
        .setTurnsTrained(4 * version)
        .setBatch(List.of())
        .setProgress(List.of(progress))
        .setConsumed(List.of())
        .setLosses(Map.of())
        .setCreatedAt(Instant.EPOCH);
  }

  /** Makes hashes and parents what they must be. */
  static List<Checkpoint> chained(List<Checkpoint.Builder> checkpoints) {
    List<Checkpoint> chain = new ArrayList<>();
    String parent = "";
    for (Checkpoint.Builder checkpoint : checkpoints) {
      checkpoint.setParentHash(parent);
      parent = CheckpointHash.of(checkpoint.build());
      chain.add(checkpoint.setHash(parent).build());
    }
    return chain;
  }
}
