package org.gtrturbo.policy.training;

import ai.onnxruntime.OnnxTensor;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.SequencedMap;
import java.util.function.UnaryOperator;
import org.gtrturbo.policy.Parameters;
import org.gtrturbo.policy.device.BusTraffic;
import org.gtrturbo.policy.device.Compute;
import org.gtrturbo.policy.graph.DataType;
import org.gtrturbo.policy.graph.OnnxSession;

/** Vectors are in the processor's memory, and every run takes and returns them there. */
record HostRuntime(Compute compute) implements TrainingRuntime {
  @Override
  public CarryingModel open(
      byte[] model, SequencedMap<String, String> carried, UnaryOperator<Compute> suited) {
    return new HostModel(OnnxSession.open(model, suited.apply(compute)), carried);
  }

  /** As {@link #open}, for steps that several workers compute. */
  CarryingModel open(SharedSteps.Models models, UnaryOperator<Compute> suited) {
    int threads = Math.max(1, compute.threads() / models.workers());
    return new SharedSteps(models, suited.apply(compute.withThreads(threads)));
  }

  @Override
  public BusTraffic traffic() {
    return BusTraffic.NONE;
  }

  @Override
  public OptionalLong peakBytes() {
    return OptionalLong.empty();
  }

  @Override
  public void close() {}

  private record HostModel(OnnxSession session, SequencedMap<String, String> carried)
      implements CarryingModel {
    @Override
    public Outcome run(Map<String, OnnxTensor> inputs, Map<String, Parameters> state) {
      Map<String, OnnxTensor> all = new HashMap<>(inputs);
      List<OnnxTensor> vectors = new ArrayList<>();
      try {
        state.forEach(
            (name, vector) -> {
              OnnxTensor tensor = tensor(vector);
              vectors.add(tensor);
              all.put(name, tensor);
            });
        try (OnnxSession.Outputs outputs = session.run(all)) {
          Map<String, Parameters> after = new HashMap<>();
          carried.forEach(
              (input, output) ->
                  after.put(
                      input,
                      Parameters.of(
                          Outcome.vector(state, input).layout(), outputs.floats(output))));
          return new Outcome(after, outputs.floats(REPORT));
        }
      } finally {
        vectors.forEach(OnnxTensor::close);
      }
    }

    @Override
    public void close() {
      session.close();
    }
  }

  static OnnxTensor tensor(Parameters vector) {
    return OnnxSession.tensor(vector.buffer(), DataType.FLOAT, vector.layout().size());
  }
}
