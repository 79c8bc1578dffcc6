package org.gtrturbo.lineage;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Consumer;
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
import org.gtrturbo.events.Turn;
import org.gtrturbo.platform.blobs.BlobStore;
import org.gtrturbo.platform.kafka.Cluster;
import org.gtrturbo.platform.kafka.DeadLetters;
import org.gtrturbo.platform.kafka.EventPublisher;
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

  /** Shows every version that is committed, in the log's order, without what it was trained on. */
  public void readCheckpoints(Consumer<Checkpoint> listener) {
    read(cluster, topics.checkpoints().without("batch", "progress", "consumed"), listener);
  }

  /** Shows every teacher, in the log's order. */
  public void readTeachers(Consumer<Teacher> listener) {
    read(cluster, topics.teachers(), listener);
  }

  /** Every ledger entry, in the log's order. */
  public List<LedgerEntry> ledger() {
    return events(cluster, topics.ledger());
  }

  /**
   * The newest ledger entries up to a version that were trained on so many turns together, oldest
   * first; all but that of version 0 where there are not as many. No more of the ledger is held at
   * any time: as a whole it has 16 bytes for every turn of the run.
   */
  public List<LedgerEntry> newestLedger(long version, long turns) {
    var newest = new ArrayDeque<LedgerEntry>();
    long[] trained = new long[1];
    read(
        cluster,
        topics.ledger(),
        entry -> {
          if (entry.getVersion() < 1 || entry.getVersion() > version) {
            return;
          }
          newest.addLast(entry);
          trained[0] += entry.getTurnsTrained();
          while (trained[0] - newest.getFirst().getTurnsTrained() >= turns) {
            trained[0] -= newest.removeFirst().getTurnsTrained();
          }
        });
    return List.copyOf(newest);
  }

  /** Every teacher, in the log's order. */
  public List<Teacher> teachers() {
    return events(cluster, topics.teachers());
  }

  /**
   * Every teacher of a stream, in the log's order.
   *
   * @param stream as the teachers' events have it, empty for that of the settings' own rule
   */
  public List<Teacher> teachers(String stream) {
    return of(stream, teachers());
  }

  /** Every stream merges the same checkpoints, so that its versions are those of the others too. */
  private static List<Teacher> of(String stream, List<Teacher> teachers) {
    return teachers.stream().filter(teacher -> teacher.getStream().equals(stream)).toList();
  }

  /** What was decided about checkpoints and teachers, in the log's order. */
  public List<Decision> decisions() {
    return events(cluster, topics.decisions());
  }

  /**
   * Where the teachers of a stream come from, as far as the log has got; read at once, but for
   * ledger entries, which are read when the first one is asked for.
   *
   * @param stream as in {@link #teachers(String)}
   */
  public Lineage lineage(String stream) {
    // Two that work rather than wait: threads of the system's start sooner in a new process.
    try (var readers = Executors.newThreadPerTaskExecutor(Thread.ofPlatform().factory())) {
      Future<List<Checkpoint>> checkpoints =
          readers.submit(
              () ->
                  events(
                      cluster,
                      topics
                          .checkpoints()
                          .without("tensors", "optimizer")
                          .deferring("batch", "progress", "consumed")));
      Future<List<Teacher>> teachers =
          readers.submit(() -> events(cluster, topics.teachers().without("tensors")));
      return new Lineage(
          checkpoints.get(),
          TeacherAncestry.of(of(stream, teachers.get())),
          new LazyLedger(this::ledger));
    } catch (ExecutionException failed) {
      throw new IllegalStateException("the lineage of run " + name() + " cannot be read", failed);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("reading the lineage of run " + name() + " was stopped", e);
    }
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

  /**
   * As {@link #turnsBehind(Checkpoint)}; of the checkpoints nothing is held but where reading goes
   * on.
   *
   * @throws IllegalStateException if the log has no such version
   */
  public RecordedTurns turnsBehind(long version) {
    var behind = new ArrayList<Checkpoint>(1);
    try (var all = reader(cluster, topics.checkpoints().without("tensors", "optimizer"))) {
      all.eventsUntil(checkpoint -> checkpoint.getVersion() == version && behind.add(checkpoint));
    }
    if (behind.isEmpty()) {
      throw new IllegalStateException(
          "the log of run " + name() + " lacks version " + version + "; gtr verify says more");
    }
    return turnsBehind(behind.getFirst());
  }

  /**
   * The turns of an episode in the log's order; every record of the partition that its key leads to
   * is read for it.
   */
  public List<Received.Event<Turn>> episode(String id) {
    Topic<Turn> topic = topics.trajectories();
    int partition = EventPublisher.partition(topic, id);
    List<Received.Event<Turn>> turns = new ArrayList<>();
    try (var reader = EventReader.open(cluster, topic, "episode", DeadLetters.logged("episode"))) {
      reader.assign(Map.of(partition, 0L));
      reader.assign(reader.beginningOffsets());
      reader.readTo(
          reader.endOffsets(),
          received -> {
            if (received instanceof Received.Event<Turn> event && event.key().equals(id)) {
              turns.add(event);
            }
          });
    }
    return List.copyOf(turns);
  }

  /** The newest turns of the log, at least so many where it has them, partition by partition. */
  public List<Turn> newestTurns(int count) {
    Topic<Turn> topic = topics.trajectories();
    List<Turn> turns = new ArrayList<>();
    try (var reader = EventReader.open(cluster, topic, "newest", DeadLetters.logged("newest"))) {
      reader.assignAll();
      Map<Integer, Long> ends = reader.endOffsets();
      Map<Integer, Long> from = new HashMap<>(reader.beginningOffsets());
      from.replaceAll(
          (partition, begin) -> Math.max(begin, ends.getOrDefault(partition, 0L) - count));
      reader.assign(from);
      reader.readTo(
          ends,
          received -> {
            if (received instanceof Received.Event<Turn> event) {
              turns.add(event.value());
            }
          });
    }
    return List.copyOf(turns);
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
    read(cluster, topic, events::add);
    return List.copyOf(events);
  }

  private static <T extends SpecificRecord> void read(
      Cluster cluster, Topic<T> topic, Consumer<T> listener) {
    try (var all = reader(cluster, topic)) {
      all.eventsToEnd(listener);
    }
  }

  private static <T extends SpecificRecord> EventReader<T> reader(Cluster cluster, Topic<T> topic) {
    String name = "replay-" + topic.name();
    return EventReader.open(cluster, topic, name, DeadLetters.logged(name));
  }
}
