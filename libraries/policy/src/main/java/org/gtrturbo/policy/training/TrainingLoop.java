package org.gtrturbo.policy.training;

import ai.onnxruntime.OnnxTensor;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import org.gtrturbo.policy.ParameterLayout;
import org.gtrturbo.policy.graph.DataType;
import org.gtrturbo.policy.graph.Gradients;
import org.gtrturbo.policy.graph.Graph;
import org.gtrturbo.policy.graph.OnnxModel;
import org.gtrturbo.policy.graph.OnnxSession;
import org.gtrturbo.policy.graph.Operators;
import org.gtrturbo.policy.graph.Shape;
import org.gtrturbo.policy.graph.Value;

/**
 * Many AdamW steps in one call: an ONNX loop whose every turn gathers a minibatch from the whole
 * batch, computes a loss and its gradient, and moves the parameters. Parameters and moments go in
 * once and come out once.
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
     * @param parameters the flat vector that the gradient is taken of
     * @param minibatch by column name, each with a static first dimension
     * @param coefficients of this step, by name, rank 0
     * @return the loss under {@link #LOSS}, and whatever is to be reported, all of rank 0
     */
    Map<String, Value> build(
        Graph graph,
        Value parameters,
        Map<String, Value> minibatch,
        Map<String, Value> coefficients);
  }

  static final String LOSS = "loss";
  static final String GRADIENT_NORM = "gradientNorm";
  static final String LEARNING_RATE = "learningRate";

  private static final String PARAMETERS = "parameters";
  private static final String FIRST_MOMENT = "firstMoment";
  private static final String SECOND_MOMENT = "secondMoment";
  private static final SequencedMap<String, String> CARRIED = carried();

  private final List<Column> columns;
  private final List<String> coefficientNames;
  private final List<String> reported = new ArrayList<>();
  private final int minibatch;
  private final TrainingRuntime.CarryingModel model;

  /**
   * @param coefficientNames what changes from step to step besides {@link #LEARNING_RATE}
   */
  TrainingLoop(
      ParameterLayout layout,
      List<Column> columns,
      List<String> coefficientNames,
      int minibatch,
      AdamW optimizer,
      Loss loss,
      TrainingRuntime runtime) {
    this.columns = List.copyOf(columns);
    this.coefficientNames = new ArrayList<>(coefficientNames);
    this.coefficientNames.addFirst(LEARNING_RATE);
    this.minibatch = minibatch;
    byte[] model = OnnxModel.write(graph(layout, optimizer, loss), "train", Map.of());
    this.model = runtime.open(model, CARRIED);
  }

  private static SequencedMap<String, String> carried() {
    SequencedMap<String, String> carried = new LinkedHashMap<>();
    carried.put(PARAMETERS, "newParameters");
    carried.put(FIRST_MOMENT, "newFirstMoment");
    carried.put(SECOND_MOMENT, "newSecondMoment");
    return carried;
  }

  private Graph graph(ParameterLayout layout, AdamW optimizer, Loss loss) {
    Graph graph = new Graph(DataType.FLOAT);
    Operators op = graph.operators();
    long size = layout.size();
    List<Value> initial =
        List.of(
            graph.input(PARAMETERS, DataType.FLOAT, size),
            graph.input(FIRST_MOMENT, DataType.FLOAT, size),
            graph.input(SECOND_MOMENT, DataType.FLOAT, size));
    Value stepsBefore = graph.input("stepsBefore", DataType.FLOAT);
    Value steps = graph.input("steps", DataType.INT64);
    Value rows = graph.input("rows", DataType.INT64, Shape.DYNAMIC, minibatch);
    int width = coefficientNames.size();
    Value coefficients = graph.input("coefficients", DataType.FLOAT, Shape.DYNAMIC, width);
    Map<String, Value> batch = new LinkedHashMap<>();
    for (Column column : columns) {
      batch.put(column.name(), graph.input(column.name(), column.type(), dynamicRows(column)));
    }
    var result =
        op.loop(
            steps,
            initial,
            List.of(Shape.of(size), Shape.of(size), Shape.of(size)),
            (body, turn, state) -> {
              Operators in = body.operators();
              Value chosen = in.gather(rows, turn);
              Map<String, Value> gathered = new LinkedHashMap<>();
              batch.forEach((name, value) -> gathered.put(name, in.gather(value, chosen)));
              Map<String, Value> scalars = scalars(body, in.gather(coefficients, turn));
              Map<String, Value> report = loss.build(body, state.get(0), gathered, scalars);
              Value gradient = Gradients.of(body, lossIn(report), List.of(state.get(0))).get(0);
              Value number =
                  in.add(in.add(in.cast(turn, DataType.FLOAT), stepsBefore), body.scalar(1));
              AdamW.Step before =
                  new AdamW.Step(state.get(0), state.get(1), state.get(2), body.scalar(0));
              AdamW.Step after =
                  optimizer.step(body, before, gradient, scalar(scalars, LEARNING_RATE), number);
              Map<String, Value> all = new LinkedHashMap<>(report);
              all.put(GRADIENT_NORM, after.gradientNorm());
              reported.addAll(all.keySet());
              Value line =
                  in.concat(0, all.values().stream().map(each -> in.reshape(each, 1)).toList());
              return new Operators.LoopStep(
                  body.constant(DataType.BOOL, new double[] {1}),
                  List.of(after.parameters(), after.firstMoment(), after.secondMoment()),
                  List.of(line));
            });
    graph.output("newParameters", result.state().get(0));
    graph.output("newFirstMoment", result.state().get(1));
    graph.output("newSecondMoment", result.state().get(2));
    graph.output(TrainingRuntime.REPORT, result.recorded().get(0));
    return graph;
  }

  private Map<String, Value> scalars(Graph body, Value line) {
    Operators op = body.operators();
    Map<String, Value> scalars = new HashMap<>();
    for (int index = 0; index < coefficientNames.size(); index++) {
      Value one = op.slice(line, 0, index, index + 1);
      scalars.put(coefficientNames.get(index), op.squeeze(one, 0));
    }
    return scalars;
  }

  static Value scalar(Map<String, Value> scalars, String name) {
    Value scalar = scalars.get(name);
    if (scalar == null) {
      throw new IllegalArgumentException("there is no " + name + " among " + scalars.keySet());
    }
    return scalar;
  }

  private static Value lossIn(Map<String, Value> report) {
    return scalar(report, LOSS);
  }

  private static long[] dynamicRows(Column column) {
    long[] shape = new long[column.rowShape().length + 1];
    shape[0] = Shape.DYNAMIC;
    System.arraycopy(column.rowShape(), 0, shape, 1, column.rowShape().length);
    return shape;
  }

  /**
   * Takes as many steps as {@code rows} has minibatches.
   *
   * @param batch a tensor for each column; the caller closes them
   * @param rows per step the rows of its minibatch
   * @param coefficients per step {@link #LEARNING_RATE} and the coefficients, in the order they
   *     were named
   */
  Result run(
      TrainingState state, Map<String, OnnxTensor> batch, int[][] rows, float[][] coefficients) {
    try (OnnxTensor before = scalar((float) state.steps());
        OnnxTensor steps =
            OnnxSession.tensor(direct(Long.BYTES).putLong(0, rows.length), DataType.INT64);
        OnnxTensor chosen = rowTensor(rows);
        OnnxTensor scalars = coefficientTensor(coefficients, rows.length)) {
      Map<String, OnnxTensor> inputs = new HashMap<>(batch);
      inputs.put("stepsBefore", before);
      inputs.put("steps", steps);
      inputs.put("rows", chosen);
      inputs.put("coefficients", scalars);
      TrainingRuntime.Outcome outcome =
          model.run(
              inputs,
              Map.of(
                  PARAMETERS, state.parameters(),
                  FIRST_MOMENT, state.firstMoment(),
                  SECOND_MOMENT, state.secondMoment()));
      TrainingState after =
          new TrainingState(
              TrainingRuntime.Outcome.vector(outcome.state(), PARAMETERS),
              TrainingRuntime.Outcome.vector(outcome.state(), FIRST_MOMENT),
              TrainingRuntime.Outcome.vector(outcome.state(), SECOND_MOMENT),
              state.steps() + rows.length);
      return new Result(after, means(outcome.report(), rows.length));
    }
  }

  /**
   * @param report the mean over the steps of everything reported
   */
  record Result(TrainingState state, Map<String, Double> report) {}

  private Map<String, Double> means(float[] lines, int steps) {
    Map<String, Double> means = new LinkedHashMap<>();
    for (int index = 0; index < reported.size(); index++) {
      double sum = 0;
      for (int step = 0; step < steps; step++) {
        sum += lines[step * reported.size() + index];
      }
      means.put(reported.get(index), sum / steps);
    }
    return means;
  }

  private static OnnxTensor scalar(float number) {
    return OnnxSession.tensor(direct(Float.BYTES).putFloat(0, number), DataType.FLOAT);
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
    int width = coefficientNames.size();
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
