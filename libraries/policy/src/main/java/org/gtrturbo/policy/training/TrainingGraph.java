package org.gtrturbo.policy.training;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.stream.IntStream;
import org.gtrturbo.policy.PolicyNetwork;
import org.gtrturbo.policy.graph.DataType;
import org.gtrturbo.policy.graph.Graph;
import org.gtrturbo.policy.graph.OnnxModel;
import org.gtrturbo.policy.graph.Operators;
import org.gtrturbo.policy.graph.Shape;
import org.gtrturbo.policy.graph.Value;

/**
 * Writes the models of a {@link TrainingLoop}: all steps of an update in one loop, or a worker's
 * share of a step and the step itself. What goes from step to step is, group after group, the
 * group's flat parameters and what the optimizer keeps of them, and the loss scale's numbers where
 * there is one. What is not trained stands outside of it, and no gradient is taken of it.
 */
final class TrainingGraph {
  static final String FIXED = "fixed";
  static final String LOSS_SCALING = "lossScaling";
  static final String STEPS = "steps";
  static final String STEPS_BEFORE = "stepsBefore";
  static final String ROWS = "rows";
  static final String COEFFICIENTS = "coefficients";

  /** Which step of the update this is, from 0, where a model takes one at a time. */
  static final String TURN = "turn";

  /** Which of several workers this is, from 0. */
  static final String WORKER = "worker";

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

  static String gradientOf(int group) {
    return "gradient." + group;
  }

  /** What one of several workers has computed, as the step of all of them takes it. */
  static String ofWorker(String output, int worker) {
    return output + "." + worker;
  }

  /** All steps of an update, in a loop. */
  byte[] write() {
    Operators op = graph.operators();
    List<Value> initial = state();
    Value steps = graph.input(STEPS, DataType.INT64);
    Outside outside = new Outside(read(), rows(), coefficients(), stepsBefore());
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

  /**
   * One worker's share of one step's gradient; {@link #writeMove} takes the shares of all.
   *
   * @param workers of which the inputs say which one this is
   */
  byte[] writeShare(int workers) {
    Operators op = graph.operators();
    List<Value> flats = new ArrayList<>();
    for (int group = 0; group < plan.groups().size(); group++) {
      flats.add(flat(parametersOf(group), group));
    }
    Optional<ScaledLoss> scaled = lossScaling().map(numbers -> new ScaledLoss(graph, numbers));
    Value turn = graph.input(TURN, DataType.INT64);
    Value worker = graph.input(WORKER, DataType.INT64);
    Value chosen = op.gather(rows(), turn);
    Map<String, Value> scalars = scalars(graph, op.gather(coefficients(), turn));
    MinibatchGradient share =
        new MinibatchGradient.Taking(setup, task, read(), scalars, scaled.map(ScaledLoss::scale))
            .share(graph, chosen, flats, worker, workers);
    for (int group = 0; group < flats.size(); group++) {
      graph.output(gradientOf(group), share.gradients().get(group));
    }
    graph.output(TrainingRuntime.REPORT, share.report());
    reported.addAll(share.names());
    return OnnxModel.write(graph, "share", Map.of());
  }

  /**
   * One step, by the gradient whose shares are its inputs.
   *
   * @param names what the shares report
   */
  byte[] writeMove(int workers, List<String> names) {
    Operators op = graph.operators();
    List<Value> before = state();
    Value turn = graph.input(TURN, DataType.INT64);
    Optional<ScaledLoss> scaled =
        setup.computation().scalesLoss()
            ? Optional.of(new ScaledLoss(graph, before.getLast()))
            : Optional.empty();
    List<Value> gradients = new ArrayList<>();
    for (int group = 0; group < plan.groups().size(); group++) {
      String name = gradientOf(group);
      int of = group;
      gradients.add(
          IntStream.range(0, workers)
              .mapToObj(worker -> flat(ofWorker(name, worker), of))
              .reduce(op::add)
              .orElseThrow());
    }
    Value report =
        IntStream.range(0, workers)
            .mapToObj(
                worker ->
                    graph.input(
                        ofWorker(TrainingRuntime.REPORT, worker), DataType.FLOAT, names.size()))
            .reduce(op::add)
            .orElseThrow();
    Map<String, Value> scalars = scalars(graph, op.gather(coefficients(), turn));
    Moved moved =
        moved(
            graph,
            before,
            new MinibatchGradient(gradients, report, names),
            new Moment(turn, stepsBefore(), scalars, scaled));
    for (int index = 0; index < stateNames.size(); index++) {
      graph.output(after(stateNames.get(index)), moved.state().get(index));
    }
    if (scaled.isPresent()) {
      stateNames.add(LOSS_SCALING);
      graph.output(after(LOSS_SCALING), moved.state().getLast());
    }
    graph.output(TrainingRuntime.REPORT, moved.line());
    return OnnxModel.write(graph, "move", Map.of());
  }

  /** Inputs of all that a step changes, in the order of the state's names. */
  private List<Value> state() {
    List<Value> state = new ArrayList<>();
    for (int group = 0; group < plan.groups().size(); group++) {
      stateNames.add(parametersOf(group));
      for (int vector = 0; vector < plan.optimizer().vectors().size(); vector++) {
        stateNames.add(keptOf(group, vector));
      }
      for (String name : stateNames.subList(state.size(), stateNames.size())) {
        state.add(flat(name, group));
      }
    }
    lossScaling().ifPresent(state::add);
    return state;
  }

  private Value flat(String name, int group) {
    return graph.input(name, DataType.FLOAT, plan.groups().get(group).layout().size());
  }

  private Optional<Value> lossScaling() {
    return setup.computation().scalesLoss()
        ? Optional.of(graph.input(LOSS_SCALING, DataType.FLOAT, ScaledLoss.NUMBERS))
        : Optional.empty();
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

  private Value stepsBefore() {
    return graph.input(STEPS_BEFORE, DataType.FLOAT);
  }

  private Value rows() {
    return graph.input(ROWS, DataType.INT64, Shape.DYNAMIC, minibatch);
  }

  private Value coefficients() {
    return graph.input(COEFFICIENTS, DataType.FLOAT, Shape.DYNAMIC, task.coefficients().size());
  }

  private MinibatchGradient.Read read() {
    Map<String, Value> batch = new LinkedHashMap<>();
    for (TrainingLoop.Column column : task.columns()) {
      batch.put(column.name(), graph.input(column.name(), column.type(), dynamicRows(column)));
    }
    Map<String, Value> fixed = Map.of();
    if (!plan.fixed().slots().isEmpty()) {
      Value flat = graph.input(FIXED, DataType.FLOAT, plan.fixed().size());
      fixed = PolicyNetwork.slices(graph, flat, plan.fixed());
    }
    return new MinibatchGradient.Read(batch, fixed);
  }

  private Operators.LoopStep step(Graph body, Value turn, List<Value> state, Outside outside) {
    Operators op = body.operators();
    Optional<ScaledLoss> scaled =
        setup.computation().scalesLoss()
            ? Optional.of(new ScaledLoss(body, state.getLast()))
            : Optional.empty();
    Value chosen = op.gather(outside.rows(), turn);
    Map<String, Value> scalars = scalars(body, op.gather(outside.coefficients(), turn));
    MinibatchGradient gradient =
        new MinibatchGradient.Taking(
                setup, task, outside.read(), scalars, scaled.map(ScaledLoss::scale))
            .over(body, chosen, flats(state).stream().map(Optimizer.Flat::parameters).toList());
    Moved moved =
        moved(body, state, gradient, new Moment(turn, outside.stepsBefore(), scalars, scaled));
    return new Operators.LoopStep(
        body.constant(DataType.BOOL, new double[] {1}), moved.state(), List.of(moved.line()));
  }

  /** When a step is taken, and what there is to it besides the gradient. */
  private record Moment(
      Value turn, Value stepsBefore, Map<String, Value> scalars, Optional<ScaledLoss> scaled) {}

  /**
   * @param state in the order of what was before
   * @param line of the report
   */
  private record Moved(List<Value> state, Value line) {}

  private Moved moved(Graph body, List<Value> state, MinibatchGradient gradient, Moment moment) {
    Operators op = body.operators();
    Optional<ScaledLoss> scaled = moment.scaled();
    List<Optimizer.Flat> before = flats(state);
    Value norm = GradientClipping.norm(op, gradient.gradients());
    if (scaled.isPresent()) {
      norm = op.divide(norm, scaled.get().scale());
    }
    Value number = op.add(op.add(op.cast(moment.turn(), DataType.FLOAT), moment.stepsBefore()), 1);
    if (scaled.isPresent()) {
      number = op.subtract(number, scaled.get().skipped());
    }
    Value factor = GradientClipping.factor(body, norm, plan.optimizer().maxGradientNorm());
    if (scaled.isPresent()) {
      factor = op.divide(factor, scaled.get().scale());
    }
    List<Value> after = new ArrayList<>();
    Value learningRate = TrainingLoop.scalar(moment.scalars(), TrainingLoop.LEARNING_RATE);
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
  private Moved finished(Graph body, List<Value> before, List<Value> after, Taken taken) {
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
    return new Moved(next, op.concat(0, line));
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
