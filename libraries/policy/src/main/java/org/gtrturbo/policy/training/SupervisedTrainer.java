package org.gtrturbo.policy.training;

import ai.onnxruntime.OnnxTensor;
import java.nio.ByteBuffer;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.gtrturbo.policy.ObservationBatch;
import org.gtrturbo.policy.PolicyNetwork;
import org.gtrturbo.policy.PolicySpec;
import org.gtrturbo.policy.device.Compute;
import org.gtrturbo.policy.graph.DataType;
import org.gtrturbo.policy.graph.Graph;
import org.gtrturbo.policy.graph.OnnxSession;
import org.gtrturbo.policy.graph.Operators;
import org.gtrturbo.policy.graph.Value;
import org.gtrturbo.policy.losses.TokenLosses;

/** Trains a policy to write given texts: mean cross-entropy over their tokens. */
public final class SupervisedTrainer implements AutoCloseable {
  private final PolicySpec spec;
  private final int length;
  private final TrainingRuntime runtime;
  private final TrainingLoop loop;

  /** On the processor. */
  public SupervisedTrainer(
      PolicySpec spec, int length, int minibatch, Optimizer optimizer, int threads) {
    this(spec, length, minibatch, optimizer, TrainingRuntime.on(Compute.cpu(threads)));
  }

  /**
   * @param length G, the longest text that will be given
   * @param minibatch texts of one step
   * @param runtime runs the steps, and is closed with this trainer
   */
  public SupervisedTrainer(
      PolicySpec spec, int length, int minibatch, Optimizer optimizer, TrainingRuntime runtime) {
    this(
        spec,
        length,
        minibatch,
        TrainingSetup.plain(PolicyNetwork.layout(spec), optimizer),
        runtime);
  }

  /** With a setup of its own; see the other constructor. */
  public SupervisedTrainer(
      PolicySpec spec, int length, int minibatch, TrainingSetup setup, TrainingRuntime runtime) {
    this.spec = spec;
    this.length = length;
    this.runtime = runtime;
    this.loop =
        new TrainingLoop(
            CachedParts.cut(setup, spec, minibatch, length, runtime),
            new TrainingLoop.Task(
                columns(spec, length), List.of(TrainingLoop.LEARNING_RATE), this::loss),
            minibatch,
            runtime);
  }

  static List<TrainingLoop.Column> columns(PolicySpec spec, int length) {
    var picture = spec.picture();
    return List.of(
        new TrainingLoop.Column(
            "pixels", DataType.UINT8, picture.height(), picture.width(), picture.channels()),
        new TrainingLoop.Column("prompt", DataType.INT64, spec.text().promptTokens()),
        new TrainingLoop.Column("tokens", DataType.INT64, length),
        new TrainingLoop.Column("written", DataType.FLOAT, length));
  }

  private Map<String, Value> loss(
      Graph graph,
      Map<String, Value> parameters,
      Map<String, Value> minibatch,
      Map<String, Value> unused) {
    Operators op = graph.operators();
    Value tokens = TrainingLoop.scalar(minibatch, "tokens");
    Value written = TrainingLoop.scalar(minibatch, "written");
    var evaluation =
        PolicyNetwork.of(spec, graph, parameters)
            .evaluate(
                TrainingLoop.scalar(minibatch, "pixels"),
                TrainingLoop.scalar(minibatch, "prompt"),
                tokens);
    Value loss = TokenLosses.crossEntropy(op, evaluation.logits(), tokens, written);
    Map<String, Value> report = new LinkedHashMap<>();
    report.put(TrainingLoop.LOSS, loss);
    return report;
  }

  /**
   * Takes one step per minibatch.
   *
   * @param tokens the text of each observation
   * @param minibatches per step the observations of its minibatch
   * @param learningRates per step
   */
  public Update train(
      TrainingState state,
      ObservationBatch observations,
      int[][] tokens,
      int[][] minibatches,
      float[] learningRates) {
    int size = observations.size();
    ByteBuffer padded = TrainingLoop.direct(size * length * Long.BYTES);
    ByteBuffer written = TrainingLoop.direct(size * length * Float.BYTES);
    for (int row = 0; row < size; row++) {
      if (tokens[row].length > length) {
        throw new IllegalArgumentException(
            "a text may have " + length + " tokens, number " + row + " has " + tokens[row].length);
      }
      for (int place = 0; place < tokens[row].length; place++) {
        padded.putLong((row * length + place) * Long.BYTES, tokens[row][place]);
        written.putFloat((row * length + place) * Float.BYTES, 1);
      }
    }
    float[][] coefficients = new float[minibatches.length][];
    for (int step = 0; step < minibatches.length; step++) {
      coefficients[step] = new float[] {learningRates[step]};
    }
    try (OnnxTensor pixels = observations.pixelTensor();
        OnnxTensor prompts = observations.promptTensor();
        OnnxTensor texts = OnnxSession.tensor(padded, DataType.INT64, size, length);
        OnnxTensor mask = OnnxSession.tensor(written, DataType.FLOAT, size, length)) {
      TrainingLoop.Result result =
          loop.run(
              state,
              Map.of("pixels", pixels, "prompt", prompts, "tokens", texts, "written", mask),
              minibatches,
              coefficients);
      return new Update(result.state(), result.report());
    }
  }

  @Override
  public void close() {
    loop.close();
    runtime.close();
  }
}
