package org.gtrturbo.platform.kafka;

import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.slf4j.LoggerFactory;

/** Where a reader leaves the records that it cannot read. */
@FunctionalInterface
public interface DeadLetters extends AutoCloseable {

  /**
   * Returns when the record and the reason are kept; the same record may be offered again after a
   * restart.
   */
  void add(ConsumerRecord<byte[], byte[]> record, String reason);

  @Override
  default void close() {}

  /**
   * Keeps nothing and writes a warning: for readers that only look, whose topics have a reader that
   * keeps.
   */
  static DeadLetters logged(String reader) {
    return (record, reason) ->
        LoggerFactory.getLogger(DeadLetters.class)
            .warn(
                "{} cannot read {}-{}@{}: {}",
                reader,
                record.topic(),
                record.partition(),
                record.offset(),
                reason);
  }
}
