package org.gtrturbo.policy.training;

import ai.onnxruntime.OnnxTensor;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.gtrturbo.policy.ParameterLayout;
import org.gtrturbo.policy.ParameterLayout.Parameter;
import org.gtrturbo.policy.Parameters;
import org.gtrturbo.policy.device.Compute;
import org.gtrturbo.policy.graph.DataType;
import org.gtrturbo.policy.graph.OnnxSession;
import org.gtrturbo.policy.graph.Operators;
import org.gtrturbo.policy.graph.Value;
import org.gtrturbo.policy.losses.TokenLosses;

/**
 * Something to train whose gradient can be written down: rows x (3), targets y (2) and weights w;
 * the loss is Σ w ‖x · W + b − y‖² / Σ w.
 */
final class LinearRegression {
  static final int ROWS = 12;
  static final int IN = 3;
  static final int OUT = 2;

  static final ParameterLayout LAYOUT =
      ParameterLayout.of(List.of(new Parameter("matrix", IN, OUT), new Parameter("bias", OUT)));

  final double[][] x = new double[ROWS][IN];
  final double[][] y = new double[ROWS][OUT];
  final double[] weights = new double[ROWS];

  LinearRegression(long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    for (int row = 0; row < ROWS; row++) {
      Arrays.setAll(x[row], _ -> (float) random.nextGaussian());
      Arrays.setAll(y[row], _ -> (float) random.nextGaussian());
      weights[row] = (float) random.nextDouble(0.1, 3);
    }
  }

  static TrainingLoop.Task task() {
    return new TrainingLoop.Task(
        List.of(
            new TrainingLoop.Column("x", DataType.FLOAT, IN),
            new TrainingLoop.Column("y", DataType.FLOAT, OUT),
            new TrainingLoop.Column("weight", DataType.FLOAT)),
        List.of(TrainingLoop.LEARNING_RATE),
        (graph, parameters, minibatch, _) -> {
          Operators op = graph.operators();
          Value product =
              op.matMul(
                  TrainingLoop.scalar(minibatch, "x"), TrainingLoop.scalar(parameters, "matrix"));
          Value predicted = op.add(product, TrainingLoop.scalar(parameters, "bias"));
          Value error = op.subtract(predicted, TrainingLoop.scalar(minibatch, "y"));
          Value errors = op.reduceSum(op.square(error), false, 1);
          Map<String, Value> report = new LinkedHashMap<>();
          report.put(
              TrainingLoop.LOSS,
              TokenLosses.weightedMean(op, errors, TrainingLoop.scalar(minibatch, "weight")));
          return report;
        });
  }

  static Parameters parameters() {
    float[] values = new float[(int) LAYOUT.size()];
    SplittableRandom random = new SplittableRandom(8);
    for (int index = 0; index < IN * OUT + OUT; index++) {
      values[index] = (float) random.nextGaussian();
    }
    return Parameters.of(LAYOUT, values);
  }

  TrainingLoop.Result train(
      TrainingSetup setup, TrainingState state, int[][] minibatches, double learningRate) {
    try (TrainingRuntime runtime = TrainingRuntime.on(Compute.cpu(1));
        TrainingLoop loop = new TrainingLoop(setup, task(), minibatches[0].length, runtime)) {
      return train(loop, state, minibatches, learningRate);
    }
  }

  TrainingLoop.Result train(
      TrainingLoop loop, TrainingState state, int[][] minibatches, double learningRate) {
    Map<String, OnnxTensor> batch = batch();
    float[][] rates = new float[minibatches.length][];
    Arrays.fill(rates, new float[] {(float) learningRate});
    try {
      return loop.run(state, batch, minibatches, rates);
    } finally {
      batch.values().forEach(OnnxTensor::close);
    }
  }

  private Map<String, OnnxTensor> batch() {
    return Map.of(
        "x", tensor(Arrays.stream(x).flatMapToDouble(Arrays::stream).toArray(), ROWS, IN),
        "y", tensor(Arrays.stream(y).flatMapToDouble(Arrays::stream).toArray(), ROWS, OUT),
        "weight", tensor(weights, ROWS));
  }

  private static OnnxTensor tensor(double[] numbers, long... shape) {
    ByteBuffer buffer = TrainingLoop.direct(numbers.length * Float.BYTES);
    for (double number : numbers) {
      buffer.putFloat((float) number);
    }
    return OnnxSession.tensor(buffer.flip(), DataType.FLOAT, shape);
  }

  /** The loss's gradient at {@code at} (matrix row by row, then bias), over the rows given. */
  double[] gradient(double[] at, int... rows) {
    double[] gradient = new double[at.length];
    double sum = 0;
    for (int row : rows) {
      sum += weights[row];
      for (int out = 0; out < OUT; out++) {
        double error = at[IN * OUT + out] - y[row][out];
        for (int in = 0; in < IN; in++) {
          error += x[row][in] * at[in * OUT + out];
        }
        for (int in = 0; in < IN; in++) {
          gradient[in * OUT + out] += 2 * weights[row] * error * x[row][in];
        }
        gradient[IN * OUT + out] += 2 * weights[row] * error;
      }
    }
    for (int index = 0; index < gradient.length; index++) {
      gradient[index] /= sum;
    }
    return gradient;
  }

  static double[] start() {
    return doubles(parameters());
  }

  /** The matrix row by row, then the bias. */
  static double[] doubles(Parameters parameters) {
    double[] doubles = new double[IN * OUT + OUT];
    Arrays.setAll(doubles, parameters::get);
    return doubles;
  }
}
