package org.gtrturbo.policy.training;

import ai.onnxruntime.OnnxTensor;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.gtrturbo.policy.Parameters;
import org.gtrturbo.policy.graph.DataType;
import org.gtrturbo.policy.graph.Graph;
import org.gtrturbo.policy.graph.OnnxSession;
import org.gtrturbo.policy.graph.Value;

/**
 * Many optimizer steps in one call, each of which gathers a minibatch from the whole batch,
 * computes a loss and its gradient, and moves what is trained. Parameters and what the optimizer
 * keeps of them go in once and come out once.
 *
 * <p>It is one ONNX loop, or, where several threads have shares of each minibatch, a model of a
 * share and one of a step ({@link SharedSteps}).
 */
final class TrainingLoop implements AutoCloseable {

  /**
   * A row-wise input of the batch.
   *
   * @param rowShape of one row; the batch has a dynamic first dimension before it
   */
  record Column(String name, DataType type, long... rowShape) {}

  /** Builds the loss of one minibatch. */
  @FunctionalInterface
  interface Loss {
    /**
     * @param parameters the policy's tensors, by name
     * @param minibatch by column name, each with a static first dimension
     * @param coefficients of this step, by name, rank 0
     * @return the loss under {@link #LOSS}, and whatever is to be reported, all of rank 0
     */
    Map<String, Value> build(
        Graph graph,
        Map<String, Value> parameters,
        Map<String, Value> minibatch,
        Map<String, Value> coefficients);
  }

  static final String LOSS = "loss";
  static final String GRADIENT_NORM = "gradientNorm";
  static final String LEARNING_RATE = "learningRate";

  /**
   * What is learned.
   *
   * @param columns of the batch
   * @param coefficients names of what changes from step to step, {@link #LEARNING_RATE} first
   */
  record Task(List<Column> columns, List<String> coefficients, Loss loss) {
    Task {
      columns = List.copyOf(columns);
      coefficients = List.copyOf(coefficients);
      if (coefficients.isEmpty() || !coefficients.getFirst().equals(LEARNING_RATE)) {
        throw new IllegalArgumentException(
            "the first coefficient must be " + LEARNING_RATE + ", got " + coefficients);
      }
    }
  }

  private final TrainingPlan plan;
  private final Computation computation;
  private final Task task;
  private final List<String> reported;
  private final int minibatch;
  private final TrainingRuntime.CarryingModel model;

  TrainingLoop(TrainingSetup setup, Task task, int minibatch, TrainingRuntime runtime) {
    this(CachedParts.Cut.none(setup), task, minibatch, runtime);
  }

  TrainingLoop(CachedParts.Cut cut, Task task, int minibatch, TrainingRuntime runtime) {
    TrainingSetup setup = cut.setup();
    this.plan = setup.plan();
    this.computation = setup.computation();
    this.task = task;
    this.minibatch = minibatch;
    TrainingGraph graph = new TrainingGraph(setup, task, minibatch);
    if (cut.workers() > 1 && runtime instanceof HostRuntime host) {
      this.model = computation.open(shared(cut, graph), host);
    } else {
      byte[] onnx = graph.write();
      this.model = computation.open(onnx, graph.carried(), runtime, graph.isSmall());
    }
    this.reported = graph.reported();
  }

  private SharedSteps.Models shared(CachedParts.Cut cut, TrainingGraph moving) {
    TrainingGraph sharing = new TrainingGraph(cut.setup(), task, minibatch);
    byte[] share = sharing.writeShare(cut.workers());
    byte[] move = moving.writeMove(cut.workers(), sharing.reported());
    List<String> outputs = new ArrayList<>(List.of(TrainingRuntime.REPORT));
    for (int group = 0; group < plan.groups().size(); group++) {
      outputs.add(TrainingGraph.gradientOf(group));
    }
    return new SharedSteps.Models(share, move, moving.carried(), outputs, cut.workers());
  }

  static Value scalar(Map<String, Value> scalars, String name) {
    Value scalar = scalars.get(name);
    if (scalar == null) {
      throw new IllegalArgumentException("there is no " + name + " among " + scalars.keySet());
    }
    return scalar;
  }

  /**
   * Takes as many steps as {@code rows} has minibatches.
   *
   * @param batch a tensor for each column; the caller closes them
   * @param rows per step the rows of its minibatch
   * @param coefficients per step the task's, in their order
   */
  Result run(
      TrainingState state, Map<String, OnnxTensor> batch, int[][] rows, float[][] coefficients) {
    requirePlan(state);
    List<OnnxTensor> own = new ArrayList<>();
    try {
      Map<String, OnnxTensor> inputs = new HashMap<>(batch);
      inputs.put(TrainingGraph.STEPS_BEFORE, kept(own, numbers((float) state.steps())));
      inputs.put(TrainingGraph.STEPS, kept(own, steps(rows.length)));
      inputs.put(TrainingGraph.ROWS, kept(own, rowTensor(rows)));
      inputs.put(
          TrainingGraph.COEFFICIENTS, kept(own, coefficientTensor(coefficients, rows.length)));
      if (computation.scalesLoss()) {
        inputs.put(TrainingGraph.LOSS_SCALING, kept(own, lossScaling(state)));
      }
      TrainingRuntime.Outcome outcome = model.run(inputs, vectors(state));
      Map<String, Double> report = means(outcome.report(), rows.length);
      return new Result(after(state, outcome, rows.length), report);
    } finally {
      own.forEach(OnnxTensor::close);
    }
  }

  private void requirePlan(TrainingState state) {
    if (!state.plan().hasLayoutOf(plan)) {
      throw new IllegalArgumentException(
          "the state is of another plan than the trainer's: its tensors, groups or optimizer"
              + " differ; start it by the trainer's own setup");
    }
  }

  private static OnnxTensor kept(List<OnnxTensor> own, OnnxTensor tensor) {
    own.add(tensor);
    return tensor;
  }

  private Map<String, Parameters> vectors(TrainingState state) {
    Map<String, Parameters> vectors = new HashMap<>();
    for (int group = 0; group < state.groups().size(); group++) {
      TrainingState.Group trained = state.groups().get(group);
      vectors.put(TrainingGraph.parametersOf(group), trained.parameters());
      for (int vector = 0; vector < trained.kept().size(); vector++) {
        vectors.put(TrainingGraph.keptOf(group, vector), trained.kept().get(vector));
      }
    }
    if (!plan.fixed().slots().isEmpty()) {
      vectors.put(TrainingGraph.FIXED, state.fixed());
    }
    return vectors;
  }

  private static OnnxTensor lossScaling(TrainingState state) {
    LossScale scale =
        state
            .lossScale()
            .orElseThrow(
                () -> new IllegalArgumentException("training in FLOAT16 needs a loss scale"));
    return OnnxSession.tensor(
        floats((float) scale.scale(), (float) scale.cleanSteps(), 0),
        DataType.FLOAT,
        ScaledLoss.NUMBERS);
  }

  private TrainingState after(TrainingState before, TrainingRuntime.Outcome outcome, int steps) {
    List<TrainingState.Group> groups = new ArrayList<>();
    for (int group = 0; group < before.groups().size(); group++) {
      List<Parameters> kept = new ArrayList<>();
      for (int vector = 0; vector < plan.optimizer().vectors().size(); vector++) {
        kept.add(
            TrainingRuntime.Outcome.vector(outcome.state(), TrainingGraph.keptOf(group, vector)));
      }
      groups.add(
          new TrainingState.Group(
              TrainingRuntime.Outcome.vector(outcome.state(), TrainingGraph.parametersOf(group)),
              kept));
    }
    Optional<LossScale> scale =
        before.lossScale().map(was -> computation.scalesLoss() ? next(was, outcome) : was);
    long skipped =
        scale.map(LossScale::skippedSteps).orElse(0L)
            - before.lossScale().map(LossScale::skippedSteps).orElse(0L);
    return new TrainingState(plan, before.fixed(), groups, before.steps() + steps - skipped, scale);
  }

  /** The last line of the report ends with the numbers for the next step. */
  private static LossScale next(LossScale before, TrainingRuntime.Outcome outcome) {
    float[] report = outcome.report();
    int from = report.length - ScaledLoss.NUMBERS;
    return new LossScale(
        report[from], (long) report[from + 1], before.skippedSteps() + (long) report[from + 2]);
  }

  /**
   * @param report the mean over the steps of everything reported
   */
  record Result(TrainingState state, Map<String, Double> report) {}

  private Map<String, Double> means(float[] lines, int steps) {
    int width = lines.length / steps;
    Map<String, Double> means = new LinkedHashMap<>();
    for (int index = 0; index < reported.size(); index++) {
      double sum = 0;
      for (int step = 0; step < steps; step++) {
        sum += lines[step * width + index];
      }
      means.put(reported.get(index), sum / steps);
    }
    return means;
  }

  private static OnnxTensor numbers(float number) {
    return OnnxSession.tensor(floats(number), DataType.FLOAT);
  }

  private static OnnxTensor steps(int count) {
    return OnnxSession.tensor(direct(Long.BYTES).putLong(0, count), DataType.INT64);
  }

  private static ByteBuffer floats(float... numbers) {
    ByteBuffer buffer = direct(numbers.length * Float.BYTES);
    for (float number : numbers) {
      buffer.putFloat(number);
    }
    return buffer.flip();
  }

  private OnnxTensor rowTensor(int[][] rows) {
    ByteBuffer buffer = direct(rows.length * minibatch * Long.BYTES);
    for (int[] step : rows) {
      if (step.length != minibatch) {
        throw new IllegalArgumentException(
            "a minibatch has " + minibatch + " rows, got " + step.length);
      }
      for (int row : step) {
        buffer.putLong(row);
      }
    }
    return OnnxSession.tensor(buffer.flip(), DataType.INT64, rows.length, minibatch);
  }

  private OnnxTensor coefficientTensor(float[][] coefficients, int steps) {
    int width = task.coefficients().size();
    ByteBuffer buffer = direct(steps * width * Float.BYTES);
    for (float[] step : coefficients) {
      for (float coefficient : step) {
        buffer.putFloat(coefficient);
      }
    }
    return OnnxSession.tensor(buffer.flip(), DataType.FLOAT, steps, width);
  }

  static ByteBuffer direct(int bytes) {
    return ByteBuffer.allocateDirect(bytes).order(ByteOrder.LITTLE_ENDIAN);
  }

  @Override
  public void close() {
    model.close();
  }
}
