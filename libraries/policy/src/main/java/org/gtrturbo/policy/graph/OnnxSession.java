package org.gtrturbo.policy.graph;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OnnxValue;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.DoubleBuffer;
import java.nio.FloatBuffer;
import java.nio.LongBuffer;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.gtrturbo.policy.device.Compute;
import org.gtrturbo.policy.device.Device;
import org.gtrturbo.policy.device.OnnxRuntime;
import org.gtrturbo.policy.device.TinyNumbers;

/**
 * A model made ready to run. Any number of threads may run one session at once.
 *
 * <p>With one thread a session computes on its callers' threads alone, each of them as if the
 * session were its own; with more it keeps a pool of its own.
 */
public final class OnnxSession implements AutoCloseable {
  private final CallerSessions sessions;

  private OnnxSession(CallerSessions sessions) {
    this.sessions = sessions;
  }

  /** As {@link #open(byte[], Compute)}, on the processor. */
  public static OnnxSession open(byte[] model, int threads) {
    return open(model, Compute.cpu(threads));
  }

  /**
   * @param model the bytes of an {@code .onnx} file
   * @throws ModelException if ONNX Runtime refuses the model or the device
   */
  public static OnnxSession open(byte[] model, Compute compute) {
    boolean onCallers = compute.device() instanceof Device.Cpu && compute.threads() == 1;
    int most = onCallers ? Runtime.getRuntime().availableProcessors() : 1;
    return new OnnxSession(new CallerSessions(() -> opened(model, compute), most));
  }

  private static OrtSession opened(byte[] model, Compute compute) {
    OrtEnvironment environment = environment();
    try (OrtSession.SessionOptions options = OnnxRuntime.options(compute)) {
      // The first session that is opened leaves its thread with tiny numbers as 0.
      return TinyNumbers.flushed(() -> environment.createSession(model, options));
    } catch (OrtException refused) {
      throw new ModelException(
          "ONNX Runtime does not accept the model on " + compute.device(), refused);
    }
  }

  private static OrtEnvironment environment() {
    return OnnxRuntime.environment();
  }

  /** The model's metadata: the key-value pairs that it was written with. */
  public Map<String, String> metadata() {
    try {
      return Map.copyOf(sessions.any().getMetadata().getCustomMetadata());
    } catch (OrtException unreadable) {
      throw new ModelException("the model's metadata cannot be read", unreadable);
    }
  }

  /** Names of the model's inputs. */
  public Set<String> inputs() {
    return sessions.any().getInputNames();
  }

  /**
   * Runs the model once.
   *
   * @return the outputs; to be closed by the caller
   */
  public Outputs run(Map<String, OnnxTensor> inputs) {
    try {
      return new Outputs(sessions.run(session -> TinyNumbers.flushed(() -> session.run(inputs))));
    } catch (OrtException failed) {
      throw new ModelException("running the model with inputs " + inputs + " failed", failed);
    }
  }

  /**
   * A tensor over {@code contents}, which must be direct and stay alive and unchanged until it is
   * closed.
   */
  public static OnnxTensor tensor(ByteBuffer contents, DataType type, long... shape) {
    ByteBuffer little = contents.duplicate().order(ByteOrder.LITTLE_ENDIAN);
    try {
      return switch (type) {
        case FLOAT -> OnnxTensor.createTensor(environment(), little.asFloatBuffer(), shape);
        case DOUBLE -> OnnxTensor.createTensor(environment(), little.asDoubleBuffer(), shape);
        case INT64 -> OnnxTensor.createTensor(environment(), little.asLongBuffer(), shape);
        case UINT8 ->
            OnnxTensor.createTensor(
                environment(), little, shape, ai.onnxruntime.OnnxJavaType.UINT8);
        case BOOL ->
            OnnxTensor.createTensor(environment(), little, shape, ai.onnxruntime.OnnxJavaType.BOOL);
        case FLOAT16 ->
            OnnxTensor.createTensor(
                environment(), little, shape, ai.onnxruntime.OnnxJavaType.FLOAT16);
        case BFLOAT16 ->
            OnnxTensor.createTensor(
                environment(), little, shape, ai.onnxruntime.OnnxJavaType.BFLOAT16);
      };
    } catch (OrtException refused) {
      throw new ModelException(
          "no tensor " + type + Shape.of(shape) + " over " + contents.remaining() + " bytes",
          refused);
    }
  }

  @Override
  public void close() {
    try {
      sessions.close();
    } catch (OrtException failed) {
      throw new ModelException("a session could not be closed", failed);
    }
  }

  /**
   * What a run returned; native memory until closed. ONNX Runtime hands out copies of outputs, each
   * in an array of its own: that array is what callers get.
   */
  public static final class Outputs implements AutoCloseable {
    private final OrtSession.Result result;

    private Outputs(OrtSession.Result result) {
      this.result = result;
    }

    /** The output called {@code name}, owned by these outputs. */
    public OnnxTensor tensor(String name) {
      Optional<OnnxValue> value = result.get(name);
      if (value.isPresent() && value.get() instanceof OnnxTensor tensor) {
        return tensor;
      }
      throw new IllegalArgumentException("the model has no output tensor " + name);
    }

    /** A copy of a FLOAT output. */
    public float[] floats(String name) {
      FloatBuffer buffer = tensor(name).getFloatBuffer();
      if (buffer.hasArray()) {
        return buffer.array();
      }
      float[] copy = new float[buffer.remaining()];
      buffer.get(copy);
      return copy;
    }

    /** A copy of an INT64 output. */
    public long[] integers(String name) {
      LongBuffer buffer = tensor(name).getLongBuffer();
      if (buffer.hasArray()) {
        return buffer.array();
      }
      long[] copy = new long[buffer.remaining()];
      buffer.get(copy);
      return copy;
    }

    /** A copy of a DOUBLE output. */
    public double[] doubles(String name) {
      DoubleBuffer buffer = tensor(name).getDoubleBuffer();
      if (buffer.hasArray()) {
        return buffer.array();
      }
      double[] copy = new double[buffer.remaining()];
      buffer.get(copy);
      return copy;
    }

    @Override
    public void close() {
      result.close();
    }
  }
}
