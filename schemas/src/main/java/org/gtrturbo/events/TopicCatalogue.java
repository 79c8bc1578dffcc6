package org.gtrturbo.events;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.NullMarked;

/**
 * The topics of one run.
 *
 * @param run name of the run: letters, digits, {@code -} and {@code _}, at most 100
 * @param trajectoryPartitions partitions of the trajectories topic
 */
@NullMarked
public record TopicCatalogue(String run, int trajectoryPartitions) {
  private static final int MAX_RUN_NAME = 100;
  private static final Pattern RUN_NAME =
      Pattern.compile("[A-Za-z0-9][A-Za-z0-9_-]{0," + (MAX_RUN_NAME - 1) + "}");

  // As brokers write it.
  private static final Duration FOR_EVER = Duration.ofMillis(-1);
  private static final Duration TRAJECTORIES_KEPT = Duration.ofDays(90);
  private static final Duration METRICS_KEPT = Duration.ofDays(7);
  // The merger sends anew what it has had no result of when it starts.
  private static final Duration SHARDS_KEPT = Duration.ofDays(1);
  // A ledger entry has 16 bytes for each record that its update settles, a checkpoint a range for
  // each stretch of them: the mebibyte of a stock broker is 65,536 records. This is two million,
  // and still fits into what a broker takes as one request, 100 MiB, and keeps as one segment.
  // A teacher has some 70 bytes for each blob: with TIES over shards of 4 MiB, five blobs each, the
  // mebibyte is a policy of 3 billion parameters, and with small shards, thousands of tensors or a
  // long window much less. Tasks and results of shards have the blobs and the measures of sixteen
  // checkpoints.
  private static final int LARGEST_EVENT_BYTES = 32 << 20;
  // An unreadable record of the largest size must still fit with what is said about it.
  private static final int DEAD_LETTER_MAX_BYTES = LARGEST_EVENT_BYTES + (1 << 20);
  private static final Map<String, String> KEPT_FOR_EVER = keptFor(FOR_EVER);
  private static final Map<String, String> SHARDS = keptFor(SHARDS_KEPT, LARGEST_EVENT_BYTES);

  private static final EventCodec<Turn> TURN = EventCodec.of(Turn.class);
  private static final EventCodec<Checkpoint> CHECKPOINT = EventCodec.of(Checkpoint.class);
  private static final EventCodec<Teacher> TEACHER = EventCodec.of(Teacher.class);
  private static final EventCodec<LedgerEntry> LEDGER_ENTRY = EventCodec.of(LedgerEntry.class);
  private static final EventCodec<Metric> METRIC = EventCodec.of(Metric.class);
  private static final EventCodec<Decision> DECISION = EventCodec.of(Decision.class);
  private static final EventCodec<ShardTask> SHARD_TASK = EventCodec.of(ShardTask.class);
  private static final EventCodec<ShardResult> SHARD_RESULT = EventCodec.of(ShardResult.class);
  private static final EventCodec<DeadLetter> DEAD_LETTER = EventCodec.of(DeadLetter.class);
  private static final Topic<Run> RUNS =
      new Topic<>("gtr.runs", EventCodec.of(Run.class), 1, Map.of("cleanup.policy", "compact"));

  public TopicCatalogue {
    requireLegalRunName(run);
    if (trajectoryPartitions < 1) {
      throw new IllegalArgumentException(
          "trajectoryPartitions must be at least 1, got " + trajectoryPartitions);
    }
  }

  /**
   * Refuses a name that cannot be part of a topic's name. Dots are refused too: they part a topic's
   * name, and Kafka takes a dot and an underscore in the same place for a collision.
   *
   * @throws IllegalArgumentException if the name is not legal
   */
  public static void requireLegalRunName(String run) {
    if (!isLegalRunName(run)) {
      throw new IllegalArgumentException("run name " + RUN_NAME_RULE + ", got '" + run + "'");
    }
  }

  /** What a run's name must be, as the end of a sentence. */
  public static final String RUN_NAME_RULE =
      "must be 1 to "
          + MAX_RUN_NAME
          + " letters, digits, - or _, the first one a letter or a digit";

  public static boolean isLegalRunName(String run) {
    return RUN_NAME.matcher(run).matches();
  }

  /** Turns by episode id, kept for 90 days. */
  public Topic<Turn> trajectories() {
    return new Topic<>(
        name("trajectories"), TURN, trajectoryPartitions, keptFor(TRAJECTORIES_KEPT));
  }

  /** Checkpoints by run, in order of version, kept for ever. */
  public Topic<Checkpoint> checkpoints() {
    return new Topic<>(name("checkpoints"), CHECKPOINT, 1, keptForEverUpTo(LARGEST_EVENT_BYTES));
  }

  /** Teachers by run, in order of version, kept for ever. */
  public Topic<Teacher> teachers() {
    return new Topic<>(name("teachers"), TEACHER, 1, keptForEverUpTo(LARGEST_EVENT_BYTES));
  }

  /** Ledger entries by run, one per checkpoint, kept for ever. */
  public Topic<LedgerEntry> ledger() {
    return new Topic<>(name("ledger"), LEDGER_ENTRY, 1, keptForEverUpTo(LARGEST_EVENT_BYTES));
  }

  /** Metrics by source, kept for 7 days. */
  public Topic<Metric> metrics() {
    return new Topic<>(name("metrics"), METRIC, 1, keptFor(METRICS_KEPT));
  }

  /** Decisions about checkpoints and teachers by run, kept for ever. */
  public Topic<Decision> decisions() {
    return new Topic<>(name("decisions"), DECISION, 1, KEPT_FOR_EVER);
  }

  /**
   * What the merger's tasks are to fold, by stream and shard, kept for a day. Nobody but the merger
   * reads it or the results.
   *
   * @param partitions over which merging spreads
   */
  public Topic<ShardTask> shardTasks(int partitions) {
    return new Topic<>(name("shard-tasks"), SHARD_TASK, partitions, SHARDS);
  }

  /** What the merger's tasks have folded, by stream and shard, kept for a day. */
  public Topic<ShardResult> shardResults() {
    return new Topic<>(name("shard-results"), SHARD_RESULT, 1, SHARDS);
  }

  /** Records that could not be read, by {@code topic-partition@offset}, kept for ever. */
  public Topic<DeadLetter> deadLetters() {
    return new Topic<>(
        name("dead-letters"), DEAD_LETTER, 1, keptForEverUpTo(DEAD_LETTER_MAX_BYTES));
  }

  /** Every run of the cluster by its name; the newest event of each is kept. */
  public static Topic<Run> runs() {
    return RUNS;
  }

  /** The topics of this run and the topic of all runs. */
  public List<Topic<?>> all() {
    return List.of(
        trajectories(),
        checkpoints(),
        teachers(),
        decisions(),
        ledger(),
        metrics(),
        deadLetters(),
        runs());
  }

  private String name(String what) {
    return "gtr." + run + "." + what;
  }

  private static Map<String, String> keptForEverUpTo(int eventBytes) {
    return keptFor(FOR_EVER, eventBytes);
  }

  private static Map<String, String> keptFor(Duration retention, int eventBytes) {
    return Map.of(
        "retention.ms",
        Long.toString(retention.toMillis()),
        "max.message.bytes",
        Integer.toString(eventBytes));
  }

  private static Map<String, String> keptFor(Duration retention) {
    return Map.of("retention.ms", Long.toString(retention.toMillis()));
  }
}
