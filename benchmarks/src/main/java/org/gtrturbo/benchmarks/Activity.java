package org.gtrturbo.benchmarks;

import java.util.List;
import java.util.Optional;

/**
 * What a Java thread was doing when its stack was looked at.
 *
 * <p>The innermost frame that belongs to one of these decides: the merger's threads are Kafka
 * Streams' own, and what it does on them is not Kafka's work.
 */
enum Activity {
  ONNX_RUNTIME("policy: ONNX Runtime, in threads that call it", "ai.onnxruntime."),
  BLOBS("blobs", "org.gtrturbo.platform.blobs.", "org.gtrturbo.agents.WeightBlobs"),
  KAFKA(
      "Kafka: broker, clients, events",
      "org.gtrturbo.platform.kafka.",
      "org.gtrturbo.platform.broker.",
      "org.gtrturbo.events.",
      "org.gtrturbo.actor.TurnEvents",
      "org.gtrturbo.learner.TurnFeed",
      "org.gtrturbo.learner.CheckpointLog",
      "org.apache.kafka.",
      "kafka.",
      "org.apache.avro.",
      "org.rocksdb.",
      "net.jpountz.",
      "com.github.luben.",
      "org.xerial.snappy.",
      "com.yammer.metrics.",
      "scala."),
  POLICY("policy: around ONNX Runtime", "org.gtrturbo.policy."),
  ENVIRONMENTS("environments", "org.gtrturbo.environments."),
  OTHER("other Java", "org.gtrturbo.");

  private final String label;

  // List.of makes one that cannot change.
  @SuppressWarnings("ImmutableEnumChecker")
  private final List<String> prefixes;

  Activity(String label, String... prefixes) {
    this.label = label;
    this.prefixes = List.of(prefixes);
  }

  String label() {
    return label;
  }

  /**
   * @param classes full class names of a stack's frames, the innermost first
   */
  static Activity of(List<String> classes) {
    return classes.stream().flatMap(name -> ofClass(name).stream()).findFirst().orElse(OTHER);
  }

  /** Empty where the class works for whoever calls it, as the JDK's own do. */
  private static Optional<Activity> ofClass(String name) {
    for (Activity activity : values()) {
      if (activity.prefixes.stream().anyMatch(name::startsWith)) {
        return Optional.of(activity);
      }
    }
    return Optional.empty();
  }
}
