package org.gtrturbo.events;

import java.util.Map;
import org.apache.avro.specific.SpecificRecord;
import org.jspecify.annotations.NullMarked;

/**
 * A topic and the one type of event on it; keys are UTF-8 text.
 *
 * @param config what the topic is created with beyond the broker's defaults
 */
@NullMarked
public record Topic<T extends SpecificRecord>(
    String name, EventCodec<T> codec, int partitions, Map<String, String> config) {
  public Topic {
    if (partitions < 1) {
      throw new IllegalArgumentException(
          "topic " + name + " must have at least 1 partition, got " + partitions);
    }
    config = Map.copyOf(config);
  }

  /** The same topic, read as by {@link EventCodec#without}. */
  public Topic<T> without(String... lists) {
    return new Topic<>(name, codec.without(lists), partitions, config);
  }

  /** The same topic, read as by {@link EventCodec#deferring}. */
  public Topic<T> deferring(String... lists) {
    return new Topic<>(name, codec.deferring(lists), partitions, config);
  }
}
