/** Content-addressed tensors and models beside Kafka. */
@NullMarked
package org.gtrturbo.platform.blobs;

import org.jspecify.annotations.NullMarked;
