package org.gtrturbo.platform.kafka;

import java.time.Instant;
import org.apache.avro.specific.SpecificRecord;

/** One record of a topic, as it could or could not be read. */
public sealed interface Received<T extends SpecificRecord> {
  int partition();

  long offset();

  /**
   * A record that could be read.
   *
   * @param key empty where the record has none
   */
  record Event<T extends SpecificRecord>(
      int partition, long offset, String key, T value, Instant timestamp) implements Received<T> {}

  /** A record that is no event of the topic's type; it is with the dead letters already. */
  record Unreadable<T extends SpecificRecord>(int partition, long offset, String reason)
      implements Received<T> {}
}
