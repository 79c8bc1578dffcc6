/** How fast the parts of a training run are, alone and together, and what its CPU time goes to. */
@NullMarked
package org.gtrturbo.benchmarks;

import org.jspecify.annotations.NullMarked;
