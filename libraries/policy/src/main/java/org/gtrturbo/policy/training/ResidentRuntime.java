package org.gtrturbo.policy.training;

import ai.onnxruntime.OnnxTensor;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.Map;
import java.util.OptionalLong;
import java.util.SequencedMap;
import java.util.function.UnaryOperator;
import org.gtrturbo.policy.Parameters;
import org.gtrturbo.policy.device.Binding;
import org.gtrturbo.policy.device.BoundModel;
import org.gtrturbo.policy.device.BusTraffic;
import org.gtrturbo.policy.device.Compute;
import org.gtrturbo.policy.device.DeviceTensor;
import org.gtrturbo.policy.graph.DataType;
import org.gtrturbo.policy.graph.Graph;
import org.gtrturbo.policy.graph.OnnxModel;
import org.gtrturbo.policy.graph.Shape;

/**
 * Keeps the newest vectors on the device, for whichever of its models is run next, besides the
 * copies that it returns.
 */
final class ResidentRuntime implements TrainingRuntime {
  private static final String HELD = "held";
  private static final String COPY = "copy";

  private final Compute compute;
  private final BoundModel copying;
  // By the vector itself, not by what is in it: the copy on the device of what a run returned.
  private final IdentityHashMap<Parameters, DeviceTensor> resident = new IdentityHashMap<>();
  // By the input's name: vectors that no run replaces.
  private final Map<String, Fixed> fixed = new HashMap<>();
  private BusTraffic traffic = BusTraffic.NONE;
  private OptionalLong peakBytes = OptionalLong.empty();

  ResidentRuntime(Compute compute) {
    this.compute = compute;
    this.copying = BoundModel.open(copyingModel(), compute);
  }

  /**
   * Brings an output that was kept, for an output is either kept or fetched. A reshape to what it
   * is changes no bit.
   */
  private static byte[] copyingModel() {
    Graph graph = new Graph(DataType.FLOAT);
    var held = graph.input(HELD, DataType.FLOAT, Shape.DYNAMIC);
    graph.output(COPY, graph.operators().reshape(held, -1));
    return OnnxModel.write(graph, "copy", Map.of());
  }

  @Override
  public CarryingModel open(
      byte[] model, SequencedMap<String, String> carried, UnaryOperator<Compute> suited) {
    return new ResidentModel(BoundModel.open(model, suited.apply(compute)), carried);
  }

  @Override
  public BusTraffic traffic() {
    return traffic;
  }

  @Override
  public OptionalLong peakBytes() {
    return peakBytes;
  }

  private final class ResidentModel implements CarryingModel {
    private final BoundModel model;
    private final SequencedMap<String, String> carried;

    ResidentModel(BoundModel model, SequencedMap<String, String> carried) {
      this.model = model;
      this.carried = carried;
    }

    @Override
    public Outcome run(Map<String, OnnxTensor> inputs, Map<String, Parameters> state) {
      Map<String, OnnxTensor> handedOver = new HashMap<>();
      try (Binding binding = model.bind()) {
        inputs.forEach(binding::input);
        state.forEach((name, vector) -> bind(binding, name, vector, handedOver));
        carried.values().forEach(binding::keep);
        binding.fetch(REPORT);
        binding.execute();
        float[] report = binding.floats(REPORT);
        traffic = traffic.plus(binding.traffic());
        return new Outcome(take(binding, state), report);
      } finally {
        handedOver.values().forEach(OnnxTensor::close);
        model
            .peakBytes()
            .ifPresent(bytes -> peakBytes = OptionalLong.of(Math.max(bytes, peakBytes.orElse(0))));
      }
    }

    private void bind(
        Binding binding, String name, Parameters vector, Map<String, OnnxTensor> handedOver) {
      if (!carried.containsKey(name)) {
        binding.input(name, fixed(name, vector));
        return;
      }
      DeviceTensor there = resident.get(vector);
      if (there != null) {
        binding.input(name, there);
      } else {
        OnnxTensor tensor = HostRuntime.tensor(vector);
        handedOver.put(name, tensor);
        binding.input(name, tensor);
      }
    }

    /** Makes what a run has left on the device the newest, in place of what was. */
    private Map<String, Parameters> take(Binding binding, Map<String, Parameters> before) {
      forget();
      Map<String, Parameters> after = new HashMap<>();
      carried.forEach(
          (input, output) -> {
            Parameters vector = Parameters.zeros(Outcome.vector(before, input).layout());
            DeviceTensor kept = binding.kept(output);
            resident.put(vector, kept);
            copy(kept, vector);
            after.put(input, vector);
          });
      return after;
    }

    @Override
    public void close() {
      model.close();
    }
  }

  /** A vector that no run replaces, and where it is on the device. */
  private record Fixed(Parameters vector, DeviceTensor there) {}

  private DeviceTensor fixed(String name, Parameters vector) {
    Fixed known = fixed.get(name);
    if (known != null && known.vector() == vector) {
      return known.there();
    }
    if (known != null) {
      known.there().close();
      fixed.remove(name);
    }
    try (OnnxTensor tensor = HostRuntime.tensor(vector);
        Binding binding = copying.bind()) {
      binding.input(HELD, tensor);
      binding.keep(COPY);
      binding.execute();
      traffic = traffic.plus(binding.traffic());
      DeviceTensor there = binding.kept(COPY);
      fixed.put(name, new Fixed(vector, there));
      return there;
    }
  }

  private void copy(DeviceTensor from, Parameters into) {
    try (OnnxTensor target = HostRuntime.tensor(into);
        Binding binding = copying.bind()) {
      binding.input(HELD, from);
      binding.fetch(COPY, target);
      binding.execute();
      traffic = traffic.plus(binding.traffic());
    }
  }

  private void forget() {
    resident.values().forEach(DeviceTensor::close);
    resident.clear();
  }

  @Override
  public void close() {
    forget();
    fixed.values().forEach(each -> each.there().close());
    fixed.clear();
    copying.close();
  }
}
