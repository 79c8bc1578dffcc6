package org.gtrturbo.policy.device;

import static org.assertj.core.api.Assertions.assertThat;

import ai.onnxruntime.OnnxTensor;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import org.gtrturbo.policy.graph.DataType;
import org.gtrturbo.policy.graph.Graph;
import org.gtrturbo.policy.graph.OnnxModel;
import org.gtrturbo.policy.graph.OnnxSession;
import org.gtrturbo.policy.graph.Value;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Models compute with tiny numbers as 0, and Java beside them does not. */
class TinyNumbersTest {
  /** Enough that ONNX Runtime shares the work out among its threads. */
  private static final int SIZE = 1 << 20;

  private static final float SMALL = 1e-20f;

  @ParameterizedTest
  @ValueSource(ints = {1, 2})
  @EnabledOnOs(architectures = "amd64", value = OS.LINUX)
  void modelsTakeThemForNought(int threads) throws Exception {
    try (var session = OnnxSession.open(squares(), threads)) {
      assertThat(squared(session)).containsOnly(0);

      AtomicReference<float[]> elsewhere = new AtomicReference<>(new float[0]);
      Thread other = new Thread(() -> elsewhere.set(squared(session)));
      other.start();
      other.join();
      assertThat(elsewhere.get()).hasSize(SIZE).containsOnly(0);
    }
  }

  @Test
  void javaKeepsThemAroundEveryCall() {
    try (var session = OnnxSession.open(squares(), 1)) {
      assertThat(half(Float.MIN_NORMAL)).isPositive();
      squared(session);
      assertThat(half(Float.MIN_NORMAL)).isPositive();
    }
    assertThat(TinyNumbers.<Boolean, RuntimeException>flushed(() -> true)).isTrue();
    assertThat(half(Float.MIN_NORMAL)).isPositive();
  }

  private static float half(float number) {
    return number / 2;
  }

  private static byte[] squares() {
    var graph = new Graph(DataType.FLOAT);
    Value input = graph.input("input", DataType.FLOAT, SIZE);
    graph.output("output", graph.operators().square(input));
    return OnnxModel.write(graph, "squares", Map.of());
  }

  private static float[] squared(OnnxSession session) {
    ByteBuffer numbers =
        ByteBuffer.allocateDirect(SIZE * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    for (int index = 0; index < SIZE; index++) {
      numbers.putFloat(index * Float.BYTES, SMALL);
    }
    try (OnnxTensor input = OnnxSession.tensor(numbers, DataType.FLOAT, SIZE);
        var outputs = session.run(Map.of("input", input))) {
      return outputs.floats("output");
    }
  }
}
