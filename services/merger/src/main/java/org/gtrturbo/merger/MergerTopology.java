package org.gtrturbo.merger;

import java.util.Set;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.streams.Topology;
import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.ProcessorSupplier;
import org.apache.kafka.streams.state.KeyValueStore;
import org.apache.kafka.streams.state.StoreBuilder;
import org.apache.kafka.streams.state.Stores;
import org.gtrturbo.events.TopicCatalogue;
import org.gtrturbo.platform.blobs.BlobStore;

/**
 * checkpoints → merge → teachers, metrics, dead letters.
 *
 * <p>Exactly once: a fold is not idempotent, so the teacher, the state, what is measured of it and
 * the position in the checkpoints become visible in one transaction or not at all. Blobs are stored
 * before that transaction opens, under their own hash: a fold that is repeated after a crash stores
 * the same content again, which changes nothing.
 *
 * <p>The state is one event per run, the newest teacher: pointers and hashes. Weights never pass
 * through a changelog. The state is not trusted either: it is checked against the newest teacher of
 * the topic when a task starts ({@link TeacherChain}), and each checkpoint's version against the
 * teacher held ({@link MergePlan#stepFor}), so a state that is lost, old or foreign gives neither a
 * gap nor a double.
 *
 * <p>One partition, hence one task: a fold needs the fold before it. Records come in as bytes,
 * because one that cannot be read is an outcome to keep, not an exception of a deserializer.
 */
record MergerTopology(TopicCatalogue topics, MergePlan plan, TeacherChain chain, BlobStore blobs) {
  static final String STORE = "teacher";
  static final String TEACHERS = "teachers";
  static final String METRICS = "metrics";
  static final String DEAD_LETTERS = "dead-letters";
  private static final String CHECKPOINTS = "checkpoints";
  private static final String MERGE = "merge";

  Topology build() {
    var text = Serdes.String().serializer();
    var bytes = Serdes.ByteArray().serializer();
    var asBytes = Serdes.ByteArray().deserializer();
    return new Topology()
        .addSource(CHECKPOINTS, asBytes, asBytes, topics.checkpoints().name())
        .addProcessor(MERGE, new Supplier(), CHECKPOINTS)
        .addSink(TEACHERS, topics.teachers().name(), text, bytes, MERGE)
        .addSink(METRICS, topics.metrics().name(), text, bytes, MERGE)
        .addSink(DEAD_LETTERS, topics.deadLetters().name(), text, bytes, MERGE);
  }

  private final class Supplier implements ProcessorSupplier<byte[], byte[], String, byte[]> {
    @Override
    public Processor<byte[], byte[], String, byte[]> get() {
      return new MergeProcessor(topics, plan, chain, blobs);
    }

    @Override
    public Set<StoreBuilder<?>> stores() {
      StoreBuilder<KeyValueStore<String, byte[]>> store =
          Stores.keyValueStoreBuilder(
              Stores.persistentKeyValueStore(STORE), Serdes.String(), Serdes.ByteArray());
      return Set.of(store);
    }
  }
}
