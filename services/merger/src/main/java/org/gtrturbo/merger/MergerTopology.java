package org.gtrturbo.merger;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.apache.kafka.common.config.TopicConfig;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.streams.Topology;
import org.apache.kafka.streams.processor.StreamPartitioner;
import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.ProcessorSupplier;
import org.apache.kafka.streams.state.KeyValueStore;
import org.apache.kafka.streams.state.StoreBuilder;
import org.apache.kafka.streams.state.Stores;
import org.gtrturbo.events.TopicCatalogue;
import org.gtrturbo.platform.blobs.BlobStore;

/**
 * checkpoints, decisions → merge → teachers, decisions, metrics, dead letters; and for policies of
 * more than one shard merge → shard tasks → fold → shard results → merge.
 *
 * <p>Exactly once: a fold is not idempotent, so the teacher, the state, what is measured of it and
 * the position in the checkpoints become visible in one transaction or not at all. Blobs are stored
 * before that transaction opens, under their own hash: a fold that is repeated after a crash stores
 * the same content again, which changes nothing.
 *
 * <p>One task coordinates, because teachers follow each other; folding has a task for each
 * partition of the shard tasks, on whatever thread or machine. Those keep nothing: a task names all
 * that it folds by hash, so that it does not matter who folds it, how often, or who did so before.
 * The coordinator sends again what it has no result of when it starts, as another attempt.
 *
 * <p>The state is the newest teacher of each stream: pointers and hashes. Weights never pass
 * through a topic. The state is not trusted either: it is checked against the newest teacher of the
 * topic when a task starts ({@link TeacherChain}), and each checkpoint's version against the
 * teacher held ({@link MergePlan#stepFor}), so a state that is lost, old or foreign gives neither a
 * gap nor a double.
 *
 * <p>The topics of shards are topics of the catalogue and not internal ones: a cluster on which
 * services may create nothing has them made beforehand, and an operator can see what is on them.
 * Records come in as bytes, because one that cannot be read is an outcome to keep, not an exception
 * of a deserializer.
 */
record MergerTopology(
    TopicCatalogue topics,
    List<MergePlan> plans,
    TeacherChains chains,
    BlobStore blobs,
    Limits limits,
    Map<String, String> origin) {

  /**
   * @param shardBytes most that a shard's weights take
   * @param normJump times the median norm of an update that one may have; 0 is no bound
   * @param stepsAtOnce small pieces of work in a transaction, as {@link Coordination} cuts it
   */
  record Limits(int shardBytes, double normJump, int stepsAtOnce) {}

  static final String STORE = "teacher";
  static final String TEACHERS = "teachers";
  static final String METRICS = "metrics";
  static final String DEAD_LETTERS = "dead-letters";
  static final String SHARD_TASKS = "shard-tasks";
  static final String DECISIONS = "decisions";
  private static final String CHECKPOINTS = "checkpoints";
  private static final String DECIDED = "decided";
  private static final String MERGE = "merge";
  private static final String SHARDS_DUE = "shards-due";
  private static final String SHARDS_DONE = "shards-done";
  private static final String FOLD = "fold";
  private static final String SHARD_RESULTS = "shard-results";

  Topology build() {
    var text = Serdes.String().serializer();
    var asText = Serdes.String().deserializer();
    var bytes = Serdes.ByteArray().serializer();
    var asBytes = Serdes.ByteArray().deserializer();
    // One for all tasks of this process: what one has read the others need not read again.
    MergeWorkshop workshop =
        MergeWorkshop.of(topics.checkpoints().codec(), blobs, limits.shardBytes(), origin);
    String tasks = topics.shardTasks(1).name();
    String results = topics.shardResults().name();
    return new Topology()
        .addSource(CHECKPOINTS, asBytes, asBytes, topics.checkpoints().name())
        .addSource(DECIDED, asBytes, asBytes, topics.decisions().name())
        .addSource(SHARDS_DONE, asBytes, asBytes, results)
        .addProcessor(MERGE, new Coordinators(workshop), CHECKPOINTS, DECIDED, SHARDS_DONE)
        .addSink(TEACHERS, topics.teachers().name(), text, bytes, MERGE)
        .addSink(METRICS, topics.metrics().name(), text, bytes, MERGE)
        .addSink(DECISIONS, topics.decisions().name(), text, bytes, MERGE)
        .addSink(DEAD_LETTERS, topics.deadLetters().name(), text, bytes, MERGE)
        .addSink(SHARD_TASKS, tasks, text, bytes, byShard(), MERGE)
        .addSource(SHARDS_DUE, asText, asBytes, tasks)
        .addProcessor(FOLD, () -> new ShardProcessor(topics, workshop), SHARDS_DUE)
        .addSink(SHARD_RESULTS, results, text, bytes, FOLD);
  }

  /**
   * In turn over the partitions: keys end in the shard's number, and hashes of few keys collide.
   */
  private static StreamPartitioner<String, byte[]> byShard() {
    return (_, key, _, partitions) ->
        Optional.of(Set.of(Integer.parseInt(key.substring(key.lastIndexOf('/') + 1)) % partitions));
  }

  private final class Coordinators implements ProcessorSupplier<byte[], byte[], String, byte[]> {
    private final MergeWorkshop workshop;

    Coordinators(MergeWorkshop workshop) {
      this.workshop = workshop;
    }

    @Override
    public Processor<byte[], byte[], String, byte[]> get() {
      return new MergeProcessor(topics, plans, chains, workshop, limits);
    }

    @Override
    public Set<StoreBuilder<?>> stores() {
      StoreBuilder<KeyValueStore<String, byte[]>> store =
          Stores.keyValueStoreBuilder(
                  Stores.persistentKeyValueStore(STORE), Serdes.String(), Serdes.ByteArray())
              .withLoggingEnabled(changelog());
      return Set.of(store);
    }

    /** Of its topic, which must take every teacher that the topic of teachers does. */
    private Map<String, String> changelog() {
      return topics.teachers().config().entrySet().stream()
          .filter(entry -> entry.getKey().equals(TopicConfig.MAX_MESSAGE_BYTES_CONFIG))
          .collect(Collectors.toMap(Map.Entry::getKey, Map.Entry::getValue));
    }
  }
}
