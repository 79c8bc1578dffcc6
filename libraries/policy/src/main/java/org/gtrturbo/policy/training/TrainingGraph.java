package org.gtrturbo.policy.training;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;
import org.gtrturbo.policy.PolicyNetwork;
import org.gtrturbo.policy.graph.DataType;
import org.gtrturbo.policy.graph.Graph;
import org.gtrturbo.policy.graph.OnnxModel;
import org.gtrturbo.policy.graph.Operators;
import org.gtrturbo.policy.graph.Shape;
import org.gtrturbo.policy.graph.Value;

/**
 * Writes the loop of a {@link TrainingLoop}. Its state is, group after group, the group's flat
 * parameters and what the optimizer keeps of them, and the loss scale's numbers where there is one.
 * What is not trained stands outside the loop, and no gradient is taken of it.
 */
final class TrainingGraph {
  static final String FIXED = "fixed";
  static final String LOSS_SCALING = "lossScaling";
  private static final long SMALL_BYTES = 16L << 20;

  private final TrainingSetup setup;
  private final TrainingPlan plan;
  private final TrainingLoop.Task task;
  private final int minibatch;
  private final Graph graph = new Graph(DataType.FLOAT);
  private final List<String> stateNames = new ArrayList<>();
  private final List<String> reported = new ArrayList<>();

  TrainingGraph(TrainingSetup setup, TrainingLoop.Task task, int minibatch) {
    this.setup = setup;
    this.plan = setup.plan();
    this.task = task;
    this.minibatch = minibatch;
    if (minibatch % setup.computation().microBatches() != 0) {
      throw new IllegalArgumentException(
          "a minibatch of "
              + minibatch
              + " rows cannot be cut into "
              + setup.computation().microBatches()
              + " micro-batches of one size");
    }
  }

  /** The name of a group's input; what the optimizer keeps is counted from 0. */
  static String parametersOf(int group) {
    return "parameters." + group;
  }

  static String keptOf(int group, int vector) {
    return "kept." + group + "." + vector;
  }

  static String after(String input) {
    return "new." + input;
  }

  byte[] write() {
    Operators op = graph.operators();
    List<Value> initial = new ArrayList<>();
    for (int group = 0; group < plan.groups().size(); group++) {
      long size = plan.groups().get(group).layout().size();
      stateNames.add(parametersOf(group));
      initial.add(graph.input(parametersOf(group), DataType.FLOAT, size));
      for (int vector = 0; vector < plan.optimizer().vectors().size(); vector++) {
        stateNames.add(keptOf(group, vector));
        initial.add(graph.input(keptOf(group, vector), DataType.FLOAT, size));
      }
    }
    if (setup.computation().scalesLoss()) {
      initial.add(graph.input(LOSS_SCALING, DataType.FLOAT, ScaledLoss.NUMBERS));
    }
    Value steps = graph.input("steps", DataType.INT64);
    Outside outside = outside();
    var result =
        op.loop(
            steps,
            initial,
            initial.stream().map(Value::shape).toList(),
            (body, turn, state) -> step(body, turn, state, outside));
    for (int index = 0; index < stateNames.size(); index++) {
      graph.output(after(stateNames.get(index)), result.state().get(index));
    }
    graph.output(TrainingRuntime.REPORT, result.recorded().get(0));
    return OnnxModel.write(graph, "train", Map.of());
  }

  /** By the input that takes a vector, the output that replaces it. */
  SequencedMap<String, String> carried() {
    SequencedMap<String, String> carried = new LinkedHashMap<>();
    stateNames.forEach(name -> carried.put(name, after(name)));
    return carried;
  }

  /**
   * Whether memory for all values of a step at once is hardly worth counting, and its operators
   * hardly take longer than to call them.
   */
  boolean isSmall() {
    return graph.bytesOfValues() <= SMALL_BYTES;
  }

  /**
   * What a step's line of the report holds, in its order. Where the loss is scaled, the line ends
   * with the scale's numbers for the next step.
   */
  List<String> reported() {
    return List.copyOf(reported);
  }

  /** What the loop reads and does not change. */
  private record Outside(
      MinibatchGradient.Read read, Value rows, Value coefficients, Value stepsBefore) {}

  private Outside outside() {
    Value stepsBefore = graph.input("stepsBefore", DataType.FLOAT);
    Value rows = graph.input("rows", DataType.INT64, Shape.DYNAMIC, minibatch);
    int width = task.coefficients().size();
    Value coefficients = graph.input("coefficients", DataType.FLOAT, Shape.DYNAMIC, width);
    Map<String, Value> batch = new LinkedHashMap<>();
    for (TrainingLoop.Column column : task.columns()) {
      batch.put(column.name(), graph.input(column.name(), column.type(), dynamicRows(column)));
    }
    Map<String, Value> fixed = Map.of();
    if (!plan.fixed().slots().isEmpty()) {
      Value flat = graph.input(FIXED, DataType.FLOAT, plan.fixed().size());
      fixed = PolicyNetwork.slices(graph, flat, plan.fixed());
    }
    return new Outside(new MinibatchGradient.Read(batch, fixed), rows, coefficients, stepsBefore);
  }

  private Operators.LoopStep step(Graph body, Value turn, List<Value> state, Outside outside) {
    Operators op = body.operators();
    Optional<ScaledLoss> scaled =
        setup.computation().scalesLoss()
            ? Optional.of(new ScaledLoss(body, state.getLast()))
            : Optional.empty();
    List<Optimizer.Flat> before = flats(state);
    Value chosen = op.gather(outside.rows(), turn);
    Map<String, Value> scalars = scalars(body, op.gather(outside.coefficients(), turn));
    MinibatchGradient gradient =
        new MinibatchGradient.Taking(
                setup, task, outside.read(), scalars, scaled.map(ScaledLoss::scale))
            .over(body, chosen, before.stream().map(Optimizer.Flat::parameters).toList());
    Value norm = GradientClipping.norm(op, gradient.gradients());
    if (scaled.isPresent()) {
      norm = op.divide(norm, scaled.get().scale());
    }
    Value number = op.add(op.add(op.cast(turn, DataType.FLOAT), outside.stepsBefore()), 1);
    if (scaled.isPresent()) {
      number = op.subtract(number, scaled.get().skipped());
    }
    Value factor = GradientClipping.factor(body, norm, plan.optimizer().maxGradientNorm());
    if (scaled.isPresent()) {
      factor = op.divide(factor, scaled.get().scale());
    }
    List<Value> after = new ArrayList<>();
    Value learningRate = TrainingLoop.scalar(scalars, TrainingLoop.LEARNING_RATE);
    for (int group = 0; group < before.size(); group++) {
      ParameterGroup trained = plan.groups().get(group);
      Value rate =
          trained.learningRateFactor() == 1
              ? learningRate
              : op.multiply(learningRate, trained.learningRateFactor());
      Optimizer.Stride stride = new Optimizer.Stride(factor, rate, trained.weightDecay(), number);
      Optimizer.Flat moved =
          plan.optimizer().step(body, before.get(group), gradient.gradients().get(group), stride);
      after.add(moved.parameters());
      after.addAll(moved.kept());
    }
    return finished(body, state, after, new Taken(gradient, norm, scaled));
  }

  private record Taken(MinibatchGradient gradient, Value norm, Optional<ScaledLoss> scaled) {}

  /** The step's end: taken back where a gradient overflowed. */
  private Operators.LoopStep finished(
      Graph body, List<Value> before, List<Value> after, Taken taken) {
    Operators op = body.operators();
    List<Value> next = new ArrayList<>(after);
    List<Value> line = new ArrayList<>(List.of(taken.gradient().report()));
    line.add(op.reshape(taken.norm(), 1));
    reported.addAll(taken.gradient().names());
    reported.add(TrainingLoop.GRADIENT_NORM);
    taken
        .scaled()
        .ifPresent(
            scaled -> {
              Value isFinite = scaled.isFinite(taken.norm());
              for (int index = 0; index < after.size(); index++) {
                next.set(index, op.where(isFinite, after.get(index), before.get(index)));
              }
              Value numbers =
                  scaled.next(isFinite, setup.computation().lossScaling().growthSteps());
              next.add(numbers);
              // A step that was not taken has no norm worth a mean.
              line.set(
                  line.size() - 1, op.reshape(op.where(isFinite, taken.norm(), body.scalar(0)), 1));
              line.add(op.reshape(scaled.scale(), 1));
              line.add(op.reshape(op.indicator(op.not(isFinite)), 1));
              line.add(numbers);
              reported.addAll(List.of(ScaledLoss.SCALE, ScaledLoss.SKIPPED));
            });
    return new Operators.LoopStep(
        body.constant(DataType.BOOL, new double[] {1}), next, List.of(op.concat(0, line)));
  }

  private List<Optimizer.Flat> flats(List<Value> state) {
    int kept = plan.optimizer().vectors().size();
    List<Optimizer.Flat> flats = new ArrayList<>();
    for (int group = 0; group < plan.groups().size(); group++) {
      int from = group * (kept + 1);
      flats.add(new Optimizer.Flat(state.get(from), state.subList(from + 1, from + 1 + kept)));
    }
    return flats;
  }

  private Map<String, Value> scalars(Graph body, Value line) {
    Operators op = body.operators();
    Map<String, Value> scalars = new HashMap<>();
    for (int index = 0; index < task.coefficients().size(); index++) {
      Value one = op.slice(line, 0, index, index + 1);
      scalars.put(task.coefficients().get(index), op.squeeze(one, 0));
    }
    return scalars;
  }

  private static long[] dynamicRows(TrainingLoop.Column column) {
    long[] shape = new long[column.rowShape().length + 1];
    shape[0] = Shape.DYNAMIC;
    System.arraycopy(column.rowShape(), 0, shape, 1, column.rowShape().length);
    return shape;
  }
}
