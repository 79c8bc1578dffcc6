/** ONNX graphs: building them with shapes known, differentiating them, writing and running them. */
@NullMarked
package org.gtrturbo.policy.graph;

import org.jspecify.annotations.NullMarked;
