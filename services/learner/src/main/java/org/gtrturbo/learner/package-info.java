/** Trains the policy on turns and commits checkpoints. */
@NullMarked
package org.gtrturbo.learner;

import org.jspecify.annotations.NullMarked;
