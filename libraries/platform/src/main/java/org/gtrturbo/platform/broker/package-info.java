/** A Kafka broker inside this process. */
@NullMarked
package org.gtrturbo.platform.broker;

import org.jspecify.annotations.NullMarked;
