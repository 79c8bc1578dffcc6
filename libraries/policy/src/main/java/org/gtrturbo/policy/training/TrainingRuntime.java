package org.gtrturbo.policy.training;

import ai.onnxruntime.OnnxTensor;
import java.util.Map;
import java.util.OptionalLong;
import java.util.SequencedMap;
import java.util.function.UnaryOperator;
import org.gtrturbo.policy.Parameters;
import org.gtrturbo.policy.device.BusTraffic;
import org.gtrturbo.policy.device.Compute;
import org.gtrturbo.policy.device.Device;

/**
 * Runs training models, and knows where the vectors are that they carry from one run to the next.
 * For one thread at a time.
 */
public sealed interface TrainingRuntime extends AutoCloseable permits HostRuntime, ResidentRuntime {

  /** What suits the device: vectors stay where the operators are. */
  static TrainingRuntime on(Compute compute) {
    return switch (compute.device()) {
      case Device.Cpu _ -> new HostRuntime(compute);
      case Device.Cuda _ -> resident(compute);
    };
  }

  /**
   * Keeps vectors on the device from one run to the next, be it the processor: a run hands over its
   * batch, and brings the new vectors back once.
   *
   * @throws org.gtrturbo.policy.device.DeviceException if the device cannot be used
   */
  static TrainingRuntime resident(Compute compute) {
    return new ResidentRuntime(compute);
  }

  /**
   * @param model the bytes of an {@code .onnx} file, with a FLOAT output {@link #REPORT}
   * @param carried by the name of the input that takes a vector, the name of the output that
   *     replaces it
   * @param suited what this runtime computes with, to what the model is to be computed with
   */
  CarryingModel open(
      byte[] model, SequencedMap<String, String> carried, UnaryOperator<Compute> suited);

  /** What has crossed between this runtime's device and the processor's memory so far. */
  BusTraffic traffic();

  /**
   * The most bytes of the device's memory that any of this runtime's models has had in use at once;
   * empty where nobody counts.
   */
  OptionalLong peakBytes();

  /** Frees what is kept on the device; all models must be closed before. */
  @Override
  void close();

  /** Output that says how the run went. */
  String REPORT = "report";

  /** A model that takes vectors and returns what replaces them. */
  interface CarryingModel extends AutoCloseable {
    /**
     * @param inputs all but the carried ones, made over direct buffers
     * @param state the carried vectors by input name, and vectors that nothing replaces; those that
     *     the run before has returned or was given need not be handed over again
     */
    Outcome run(Map<String, OnnxTensor> inputs, Map<String, Parameters> state);

    @Override
    void close();
  }

  /**
   * @param state by input name, what replaces each vector
   * @param report all elements of {@link #REPORT}
   */
  record Outcome(Map<String, Parameters> state, float[] report) {
    /**
     * @throws IllegalArgumentException if the state lacks it
     */
    static Parameters vector(Map<String, Parameters> state, String name) {
      Parameters vector = state.get(name);
      if (vector == null) {
        throw new IllegalArgumentException(
            "the state has no vector " + name + " among " + state.keySet());
      }
      return vector;
    }
  }
}
