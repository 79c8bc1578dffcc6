package org.gtrturbo.policy.graph;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OnnxValue;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/**
 * A model made ready to run. Any number of threads may run one session at once.
 *
 * <p>With one thread a session computes on its callers' threads alone; with more it keeps a pool of
 * its own.
 */
public final class OnnxSession implements AutoCloseable {
  private static final long START_STACK_BYTES = 64L << 20;

  private final OrtSession session;

  private OnnxSession(OrtSession session) {
    this.session = session;
  }

  /**
   * @param model the bytes of an {@code .onnx} file
   * @param threads how many threads compute one operator
   * @throws ModelException if ONNX Runtime refuses the model
   */
  public static OnnxSession open(byte[] model, int threads) {
    try (OrtSession.SessionOptions options = new OrtSession.SessionOptions()) {
      options.setIntraOpNumThreads(threads);
      options.setInterOpNumThreads(1);
      options.setDeterministicCompute(true);
      // The plan of a whole run's memory would be one block beside those of the first run.
      options.setMemoryPatternOptimization(false);
      // A waiting pool must not burn the cores that actors and learner share.
      options.addConfigEntry("session.intra_op.allow_spinning", "0");
      return new OnnxSession(environment().createSession(model, options));
    } catch (OrtException refused) {
      throw new ModelException("ONNX Runtime does not accept the model", refused);
    }
  }

  private static OrtEnvironment environment() {
    return Environment.SHARED;
  }

  /** The process's one environment, made when it is first needed. */
  private static final class Environment {
    private static final OrtEnvironment SHARED = environmentMadeOnALargeStack();
  }

  /**
   * ONNX Runtime 1.29 goes over the process's command line when it starts, with a depth of stack
   * that grows with its length: a class path written out overruns the usual stack of 1 MiB and ends
   * the process without a word.
   */
  private static OrtEnvironment environmentMadeOnALargeStack() {
    CompletableFuture<OrtEnvironment> made = new CompletableFuture<>();
    Runnable making =
        () -> {
          try {
            made.complete(OrtEnvironment.getEnvironment());
          } catch (Throwable failed) {
            made.completeExceptionally(failed);
          }
        };
    new Thread(null, making, "onnxruntime-start", START_STACK_BYTES).start();
    return made.join();
  }

  /** The model's metadata: the key-value pairs that it was written with. */
  public Map<String, String> metadata() {
    try {
      return Map.copyOf(session.getMetadata().getCustomMetadata());
    } catch (OrtException unreadable) {
      throw new ModelException("the model's metadata cannot be read", unreadable);
    }
  }

  /**
   * Runs the model once.
   *
   * @return the outputs; to be closed by the caller
   */
  public Outputs run(Map<String, OnnxTensor> inputs) {
    try {
      return new Outputs(session.run(inputs));
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
      session.close();
    } catch (OrtException failed) {
      throw new ModelException("a session could not be closed", failed);
    }
  }

  /** What a run returned; native memory until closed. */
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
      var buffer = tensor(name).getFloatBuffer();
      float[] copy = new float[buffer.remaining()];
      buffer.get(copy);
      return copy;
    }

    /** A copy of an INT64 output. */
    public long[] integers(String name) {
      var buffer = tensor(name).getLongBuffer();
      long[] copy = new long[buffer.remaining()];
      buffer.get(copy);
      return copy;
    }

    /** A copy of a DOUBLE output. */
    public double[] doubles(String name) {
      var buffer = tensor(name).getDoubleBuffer();
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
