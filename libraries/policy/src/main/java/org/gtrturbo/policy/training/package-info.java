/** Losses and optimizers written out as ONNX graphs, many minibatches to a call. */
@NullMarked
package org.gtrturbo.policy.training;

import org.jspecify.annotations.NullMarked;
