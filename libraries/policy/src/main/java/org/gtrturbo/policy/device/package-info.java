/** Where models compute: devices, what a machine has of them, and tensors that stay on one. */
@NullMarked
package org.gtrturbo.policy.device;

import org.jspecify.annotations.NullMarked;
