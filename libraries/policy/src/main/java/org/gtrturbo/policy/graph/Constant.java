package org.gtrturbo.policy.graph;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * A value with fixed contents: an ONNX initializer.
 *
 * @param contents little-endian, row-major bytes; owned by this constant
 */
record Constant(Value value, byte[] contents) {

  long[] integers() {
    long[] numbers = new long[contents.length / Long.BYTES];
    ByteBuffer.wrap(contents).order(ByteOrder.LITTLE_ENDIAN).asLongBuffer().get(numbers);
    return numbers;
  }
}
