package org.gtrturbo.policy.training;

import ai.onnxruntime.OnnxTensor;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.gtrturbo.policy.ParameterLayout;
import org.gtrturbo.policy.Parameters;
import org.gtrturbo.policy.graph.DataType;
import org.gtrturbo.policy.graph.Graph;
import org.gtrturbo.policy.graph.OnnxSession;
import org.gtrturbo.policy.graph.Value;

/**
 * Many optimizer steps in one call: an ONNX loop whose every turn gathers a minibatch from the
 * whole batch, computes a loss and its gradient, and moves what is trained. Parameters and what the
 * optimizer keeps of them go in once and come out once.
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
  private final Task task;
  private final List<String> stateNames;
  private final List<String> reported;
  private final int minibatch;
  private final OnnxSession session;

  TrainingLoop(TrainingSetup setup, Task task, int minibatch, int threads) {
    this.plan = setup.plan();
    this.task = task;
    this.minibatch = minibatch;
    TrainingGraph graph = new TrainingGraph(setup, task, minibatch);
    byte[] model = graph.write();
    this.stateNames = graph.stateNames();
    this.reported = graph.reported();
    this.session = setup.computation().open(model, threads);
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
    Map<String, OnnxTensor> inputs = new HashMap<>(batch);
    List<OnnxTensor> own = new ArrayList<>();
    try {
      stateTensors(state)
          .forEach(
              (name, tensor) -> {
                own.add(tensor);
                inputs.put(name, tensor);
              });
      inputs.put("stepsBefore", kept(own, numbers((float) state.steps())));
      inputs.put("steps", kept(own, steps(rows.length)));
      inputs.put("rows", kept(own, rowTensor(rows)));
      inputs.put("coefficients", kept(own, coefficientTensor(coefficients, rows.length)));
      try (OnnxSession.Outputs outputs = session.run(inputs)) {
        Map<String, Double> report = means(outputs.tensor("report").getFloatBuffer(), rows.length);
        return new Result(after(state, outputs, rows.length), report);
      }
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

  private Map<String, OnnxTensor> stateTensors(TrainingState state) {
    Map<String, OnnxTensor> tensors = new HashMap<>();
    for (int group = 0; group < state.groups().size(); group++) {
      TrainingState.Group trained = state.groups().get(group);
      tensors.put(TrainingGraph.parametersOf(group), vector(trained.parameters()));
      for (int vector = 0; vector < trained.kept().size(); vector++) {
        tensors.put(TrainingGraph.keptOf(group, vector), vector(trained.kept().get(vector)));
      }
    }
    if (!plan.fixed().slots().isEmpty()) {
      tensors.put(TrainingGraph.FIXED, vector(state.fixed()));
    }
    if (stateNames.contains(TrainingGraph.LOSS_SCALING)) {
      LossScale scale =
          state
              .lossScale()
              .orElseThrow(
                  () -> new IllegalArgumentException("training in FLOAT16 needs a loss scale"));
      tensors.put(
          TrainingGraph.LOSS_SCALING,
          OnnxSession.tensor(
              floats((float) scale.scale(), (float) scale.cleanSteps(), 0),
              DataType.FLOAT,
              ScaledLoss.NUMBERS));
    }
    return tensors;
  }

  private TrainingState after(TrainingState before, OnnxSession.Outputs outputs, int steps) {
    List<TrainingState.Group> groups = new ArrayList<>();
    for (int group = 0; group < before.groups().size(); group++) {
      ParameterLayout layout = plan.groups().get(group).layout();
      List<Parameters> kept = new ArrayList<>();
      for (int vector = 0; vector < plan.optimizer().vectors().size(); vector++) {
        kept.add(parameters(outputs, TrainingGraph.keptOf(group, vector), layout));
      }
      groups.add(
          new TrainingState.Group(
              parameters(outputs, TrainingGraph.parametersOf(group), layout), kept));
    }
    Optional<LossScale> scale = before.lossScale().map(was -> next(was, outputs));
    long skipped =
        scale.map(LossScale::skippedSteps).orElse(0L)
            - before.lossScale().map(LossScale::skippedSteps).orElse(0L);
    return new TrainingState(plan, before.fixed(), groups, before.steps() + steps - skipped, scale);
  }

  private LossScale next(LossScale before, OnnxSession.Outputs outputs) {
    if (!stateNames.contains(TrainingGraph.LOSS_SCALING)) {
      return before;
    }
    float[] numbers = outputs.floats(TrainingGraph.after(TrainingGraph.LOSS_SCALING));
    return new LossScale(numbers[0], (long) numbers[1], before.skippedSteps() + (long) numbers[2]);
  }

  private static Parameters parameters(
      OnnxSession.Outputs outputs, String input, ParameterLayout layout) {
    return Parameters.of(layout, outputs.floats(TrainingGraph.after(input)));
  }

  /**
   * @param report the mean over the steps of everything reported
   */
  record Result(TrainingState state, Map<String, Double> report) {}

  private Map<String, Double> means(FloatBuffer lines, int steps) {
    Map<String, Double> means = new LinkedHashMap<>();
    for (int index = 0; index < reported.size(); index++) {
      double sum = 0;
      for (int step = 0; step < steps; step++) {
        sum += lines.get(step * reported.size() + index);
      }
      means.put(reported.get(index), sum / steps);
    }
    return means;
  }

  private static OnnxTensor vector(Parameters parameters) {
    return OnnxSession.tensor(parameters.buffer(), DataType.FLOAT, parameters.layout().size());
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
    session.close();
  }
}
