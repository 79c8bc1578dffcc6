/** Exported ONNX models read into graphs, node by node; what is not covered is refused by name. */
@NullMarked
package org.gtrturbo.policy.graph.reading;

import org.jspecify.annotations.NullMarked;
