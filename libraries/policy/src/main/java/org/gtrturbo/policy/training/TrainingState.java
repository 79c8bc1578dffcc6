package org.gtrturbo.policy.training;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.gtrturbo.policy.Lora;
import org.gtrturbo.policy.ParameterLayout;
import org.gtrturbo.policy.ParameterLayout.Slot;
import org.gtrturbo.policy.Parameters;
import org.gtrturbo.policy.WeightTensor;

/**
 * Everything that a next training step depends on besides its batch.
 *
 * @param fixed the tensors that are not trained, as the plan lists them
 * @param groups per parameter group of the plan
 * @param steps optimizer steps taken so far
 * @param lossScale where the loss is scaled
 */
public record TrainingState(
    TrainingPlan plan,
    Parameters fixed,
    List<Group> groups,
    long steps,
    Optional<LossScale> lossScale) {

  static final String LOSS_SCALE = "loss-scale";

  private static final ValueLayout.OfFloat FLOAT =
      ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  /**
   * One parameter group.
   *
   * @param kept what the optimizer keeps from step to step, in its order
   */
  public record Group(Parameters parameters, List<Parameters> kept) {
    public Group {
      kept = List.copyOf(kept);
    }
  }

  public TrainingState {
    groups = List.copyOf(groups);
    if (groups.size() != plan.groups().size()) {
      throw new IllegalArgumentException(
          "the plan has " + plan.groups().size() + " groups, the state " + groups.size());
    }
  }

  /** No step of AdamW over all parameters taken yet. */
  public static TrainingState starting(Parameters parameters) {
    return TrainingPlan.whole(parameters.layout(), new AdamW(0.9, 0.999, 1e-8, 0, 1))
        .start(parameters, 0, Computation.PLAIN);
  }

  /** What the policy computes with after this state's steps. */
  public Parameters parameters() {
    return isWhole() ? groups.getFirst().parameters() : Lora.effective(plan.policy(), tensors());
  }

  private boolean isWhole() {
    return groups.size() == 1 && plan.adapters().isEmpty() && plan.fixed().slots().isEmpty();
  }

  /** The tensors that a checkpoint holds: those of the policy in its order, then the adapters. */
  public List<WeightTensor> tensors() {
    Map<String, WeightTensor> known = new HashMap<>();
    List<Parameters> parts = new ArrayList<>(List.of(fixed));
    groups.forEach(group -> parts.add(group.parameters()));
    List<WeightTensor> adapters = new ArrayList<>();
    for (Parameters part : parts) {
      for (Slot slot : part.layout().slots()) {
        WeightTensor tensor = new WeightTensor(slot.name(), slot.shape(), part.slice(slot));
        known.put(slot.name(), tensor);
        Lora.adapted(slot.name()).ifPresent(_ -> adapters.add(tensor));
      }
    }
    List<WeightTensor> tensors = new ArrayList<>();
    for (Slot slot : plan.policy().slots()) {
      tensors.add(Optional.ofNullable(known.get(slot.name())).orElseThrow());
    }
    tensors.addAll(adapters);
    plan.adapters().ifPresent(lora -> tensors.add(scale(lora)));
    return List.copyOf(tensors);
  }

  private static WeightTensor scale(Lora lora) {
    return numbers(Lora.SCALE, lora.scale());
  }

  private static WeightTensor numbers(String name, float... numbers) {
    MemorySegment values = Arena.ofAuto().allocate((long) numbers.length * Float.BYTES, 4);
    for (int index = 0; index < numbers.length; index++) {
      values.setAtIndex(FLOAT, index, numbers[index]);
    }
    return new WeightTensor(name, new long[] {numbers.length}, values);
  }

  /**
   * What a checkpoint holds beside the policy: the optimizer's vectors, each flat in the layout of
   * its group, and the loss scale.
   */
  public List<WeightTensor> optimizerTensors() {
    List<WeightTensor> tensors = new ArrayList<>();
    List<String> names = plan.optimizer().vectors();
    for (int index = 0; index < groups.size(); index++) {
      for (int vector = 0; vector < names.size(); vector++) {
        Parameters kept = groups.get(index).kept().get(vector);
        String name = plan.groups().get(index).vectorName(names.get(vector));
        tensors.add(new WeightTensor(name, new long[] {kept.layout().size()}, kept.values()));
      }
    }
    lossScale.ifPresent(
        scale ->
            tensors.add(
                numbers(
                    LOSS_SCALE,
                    (float) scale.scale(),
                    (float) scale.cleanSteps(),
                    (float) scale.skippedSteps())));
    return List.copyOf(tensors);
  }

  /**
   * The state that {@link #tensors} and {@link #optimizerTensors} are of.
   *
   * @throws IllegalArgumentException if they are not what the plan needs; the message says which
   */
  static TrainingState of(
      TrainingPlan plan, List<WeightTensor> tensors, List<WeightTensor> optimizer, long steps) {
    Map<String, WeightTensor> known = new HashMap<>();
    tensors.forEach(tensor -> known.put(tensor.name(), tensor));
    optimizer.forEach(tensor -> known.put(tensor.name(), tensor));
    List<Group> groups = new ArrayList<>();
    for (ParameterGroup group : plan.groups()) {
      List<Parameters> kept = new ArrayList<>();
      for (String vector : plan.optimizer().vectors()) {
        Parameters values = Parameters.zeros(group.layout());
        copy(known, group.vectorName(vector), values.values());
        kept.add(values);
      }
      groups.add(new Group(gathered(known, group.layout()), kept));
    }
    Optional<LossScale> scale =
        Optional.ofNullable(known.get(LOSS_SCALE))
            .map(WeightTensor::values)
            .map(
                numbers ->
                    new LossScale(
                        numbers.getAtIndex(FLOAT, 0),
                        (long) numbers.getAtIndex(FLOAT, 1),
                        (long) numbers.getAtIndex(FLOAT, 2)));
    return new TrainingState(plan, gathered(known, plan.fixed()), groups, steps, scale);
  }

  private static Parameters gathered(Map<String, WeightTensor> known, ParameterLayout layout) {
    Parameters values = Parameters.zeros(layout);
    layout.slots().forEach(slot -> copy(known, slot.name(), values.slice(slot)));
    return values;
  }

  private static void copy(Map<String, WeightTensor> known, String name, MemorySegment into) {
    WeightTensor tensor = known.get(name);
    if (tensor == null || tensor.values().byteSize() != into.byteSize()) {
      throw new IllegalArgumentException(
          "there is no tensor "
              + name
              + " of "
              + into.byteSize() / Float.BYTES
              + " floats; its optimizer, parameter groups or adapters are not those that the"
              + " settings describe");
    }
    into.copyFrom(tensor.values());
  }
}
