package org.gtrturbo.lineage;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.apache.avro.specific.SpecificRecord;
import org.gtrturbo.events.Checkpoint;
import org.gtrturbo.events.Decision;
import org.gtrturbo.events.LedgerEntry;
import org.gtrturbo.events.PartitionProgress;
import org.gtrturbo.events.Run;
import org.gtrturbo.events.Teacher;
import org.gtrturbo.events.Topic;
import org.gtrturbo.events.TopicCatalogue;
import org.gtrturbo.platform.blobs.BlobStore;
import org.gtrturbo.platform.kafka.Cluster;
import org.gtrturbo.platform.kafka.DeadLetters;
import org.gtrturbo.platform.kafka.EventReader;
import org.gtrturbo.platform.kafka.Received;

/**
 * A run as its log has it.
 *
 * @param cluster that holds the log
 * @param blobs that its events point at
 */
public record RecordedRun(Cluster cluster, TopicCatalogue topics, BlobStore blobs) {

  public String name() {
    return topics.run();
  }

  /** Every version that is committed, in the log's order. */
  public List<Checkpoint> checkpoints() {
    return events(cluster, topics.checkpoints());
  }

  /** Every ledger entry, in the log's order. */
  public List<LedgerEntry> ledger() {
    return events(cluster, topics.ledger());
  }

  /** Every teacher, in the log's order. */
  public List<Teacher> teachers() {
    return events(cluster, topics.teachers());
  }

  /** What was decided about checkpoints and teachers, in the log's order. */
  public List<Decision> decisions() {
    return events(cluster, topics.decisions());
  }

  /** What the topic of all runs says of this one. */
  public Optional<Run> description() {
    return description(cluster, name());
  }

  /** What the topic of all runs says of the run called {@code name}. */
  public static Optional<Run> description(Cluster cluster, String name) {
    return events(cluster, TopicCatalogue.runs()).stream()
        .filter(run -> run.getRun().equals(name))
        .reduce((_, newer) -> newer);
  }

  /**
   * Opens the trajectories for reading forwards.
   *
   * @param from by partition, the offset of the first record that can be taken
   */
  public RecordedTurns turns(Map<Integer, Long> from) {
    var reader =
        EventReader.open(
            cluster, topics.trajectories(), "replay-" + name(), DeadLetters.logged("replay"));
    return RecordedTurns.open(reader, topics.trajectories().name(), from);
  }

  /** The trajectories from where reading goes on behind this version. */
  public RecordedTurns turnsBehind(Checkpoint checkpoint) {
    return turns(
        checkpoint.getProgress().stream()
            .collect(
                Collectors.toMap(PartitionProgress::getPartition, PartitionProgress::getPosition)));
  }

  /** Shows every record of the trajectories to a check, partition by partition in order. */
  public void readTrajectories(TrajectoryCheck check) {
    String reader = "verify-" + name();
    try (var all =
        EventReader.open(cluster, topics.trajectories(), reader, DeadLetters.logged(reader))) {
      all.assignAll();
      all.beginningOffsets().forEach(check::begin);
      all.readToEnd(record -> check.record(record.partition(), record.offset(), record.digest()));
    }
    check.end();
  }

  private static <T extends SpecificRecord> List<T> events(Cluster cluster, Topic<T> topic) {
    List<T> events = new ArrayList<>();
    String reader = "replay-" + topic.name();
    try (var all = EventReader.open(cluster, topic, reader, DeadLetters.logged(reader))) {
      all.readToEnd(
          received -> {
            if (received instanceof Received.Event<T> event) {
              events.add(event.value());
            }
          });
    }
    return List.copyOf(events);
  }
}
