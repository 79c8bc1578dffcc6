/**
 * Merging a run's checkpoints into its teacher: the rules, their arithmetic, and what they must
 * know beforehand. Knows neither events nor files.
 *
 * <p>Vectors are little-endian float32; they are read and written piece by piece, so that what a
 * merge holds in memory does not grow with them.
 */
@NullMarked
package org.gtrturbo.merging;

import org.jspecify.annotations.NullMarked;
