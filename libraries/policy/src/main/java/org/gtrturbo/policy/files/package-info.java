/** Files of tensors: ONNX models and safetensors, mapped to be read and streamed to be written. */
@NullMarked
package org.gtrturbo.policy.files;

import org.jspecify.annotations.NullMarked;
