/** Kafka clients, topics and readers that lose nothing. */
@NullMarked
package org.gtrturbo.platform.kafka;

import org.jspecify.annotations.NullMarked;
