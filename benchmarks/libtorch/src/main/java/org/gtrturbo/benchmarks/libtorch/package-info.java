/** The built-in policy in libtorch: a peer that training is measured against. */
@NullMarked
package org.gtrturbo.benchmarks.libtorch;

import org.jspecify.annotations.NullMarked;
