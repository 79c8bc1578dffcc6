/** Folds checkpoints into the running merged teacher. */
@NullMarked
package org.gtrturbo.merger;

import org.jspecify.annotations.NullMarked;
