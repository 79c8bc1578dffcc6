package org.gtrturbo.platform.kafka;

import java.time.Instant;
import org.apache.avro.specific.SpecificRecord;

/** One record of a topic, as it could or could not be read. */
public sealed interface Received<T extends SpecificRecord> {
  int partition();

  long offset();

  /** Of the record's value as it is on the log. */
  RecordDigest digest();

  /**
   * A record that could be read.
   *
   * @param key empty where the record has none
   */
  record Event<T extends SpecificRecord>(
      int partition, long offset, RecordDigest digest, String key, T value, Instant timestamp)
      implements Received<T> {}

  /** A record that is no event of the topic's type; it is with the dead letters already. */
  record Unreadable<T extends SpecificRecord>(
      int partition, long offset, RecordDigest digest, String reason) implements Received<T> {}
}
