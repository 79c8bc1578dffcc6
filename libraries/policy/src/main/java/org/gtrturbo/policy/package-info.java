/** Policies as ONNX graphs: building, generating, scoring, training. */
@NullMarked
package org.gtrturbo.policy;

import org.jspecify.annotations.NullMarked;
