package org.gtrturbo.policy.training;

import ai.onnxruntime.OnnxTensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.gtrturbo.policy.Parameters;
import org.gtrturbo.policy.PolicyNetwork;
import org.gtrturbo.policy.PolicySpec;
import org.gtrturbo.policy.Scorer;
import org.gtrturbo.policy.device.Compute;
import org.gtrturbo.policy.graph.DataType;
import org.gtrturbo.policy.graph.Graph;
import org.gtrturbo.policy.graph.OnnxModel;
import org.gtrturbo.policy.graph.OnnxSession;
import org.gtrturbo.policy.graph.Operators;
import org.gtrturbo.policy.graph.Shape;
import org.gtrturbo.policy.graph.Value;
import org.gtrturbo.policy.losses.Divergence;
import org.gtrturbo.policy.losses.Estimator;
import org.gtrturbo.policy.losses.TokenLosses;

/**
 * Reads a batch once with the policy as it stands at the start of an update: the proximal policy of
 * decoupled PPO, the values and ratios of V-trace, and the policy's side of a distance that enters
 * before advantages are estimated.
 */
public final class BatchScorer implements AutoCloseable {
  private static final int SCORED_AT_ONCE = 128;

  private final PolicySpec spec;
  private final double temperature;
  private final Optional<Estimator> estimator;
  private final Compute compute;
  private final TurnColumns columns;
  private final Map<Integer, OnnxSession> sessions = new ConcurrentHashMap<>();

  /**
   * @param temperature that the turns were sampled at; divides the logits
   * @param estimator of the teacher's distance, where it is wanted
   */
  public BatchScorer(
      PolicySpec spec, double temperature, Optional<Estimator> estimator, Compute compute) {
    this.spec = spec;
    this.temperature = temperature;
    this.estimator = estimator;
    this.compute = compute;
    this.columns = new TurnColumns(spec);
  }

  /**
   * What the policy makes of one turn.
   *
   * @param logProbs of each of its tokens
   * @param value of what it saw
   * @param distance to the teacher, the mean over its thought tokens; 0 where it has none, or no
   *     estimator is asked for
   */
  public record Scored(float[] logProbs, float value, double distance) {}

  /**
   * Scores turns, in their order.
   *
   * @param turns each with its teacher's side where the distance is wanted; their targets are not
   *     looked at
   */
  public List<Scored> score(Parameters parameters, List<TrainingTurn> turns) {
    int length =
        Scorer.paddedLength(
            spec, turns.stream().map(turn -> turn.written().tokens()).toArray(int[][]::new));
    OnnxSession session = sessions.computeIfAbsent(length, this::open);
    List<Scored> scored = new ArrayList<>(turns.size());
    for (int from = 0; from < turns.size(); from += SCORED_AT_ONCE) {
      var some = turns.subList(from, Math.min(from + SCORED_AT_ONCE, turns.size()));
      scored.addAll(score(session, length, parameters, some));
    }
    return scored;
  }

  private List<Scored> score(
      OnnxSession session, int length, Parameters parameters, List<TrainingTurn> turns) {
    Map<String, OnnxTensor> inputs = new HashMap<>(columns.fill(columns(length), turns));
    try {
      inputs.put(
          "parameters",
          OnnxSession.tensor(parameters.buffer(), DataType.FLOAT, parameters.layout().size()));
      try (OnnxSession.Outputs outputs = session.run(inputs)) {
        float[] logProbs = outputs.floats("scoredLogProbs");
        float[] values = outputs.floats("values");
        float[] distances = estimator.isPresent() ? outputs.floats("distances") : new float[0];
        List<Scored> scored = new ArrayList<>(turns.size());
        for (int row = 0; row < turns.size(); row++) {
          int start = row * length;
          int written = turns.get(row).written().tokens().length;
          int thought = estimator.isPresent() ? turns.get(row).written().thoughtTokens() : 0;
          scored.add(
              new Scored(
                  Arrays.copyOfRange(logProbs, start, start + written),
                  values[row],
                  mean(distances, start, thought)));
        }
        return scored;
      }
    } finally {
      inputs.values().forEach(OnnxTensor::close);
    }
  }

  private static double mean(float[] numbers, int start, int length) {
    double sum = 0;
    for (int place = start; place < start + length; place++) {
      sum += numbers[place];
    }
    return length == 0 ? 0 : sum / length;
  }

  private List<TrainingLoop.Column> columns(int length) {
    List<TrainingLoop.Column> all = new ArrayList<>(columns.texts(length));
    estimator.ifPresent(each -> all.addAll(columns.teacher(each, length)));
    return all;
  }

  private OnnxSession open(int length) {
    return OnnxSession.open(OnnxModel.write(graph(length), "score-batch", Map.of()), compute);
  }

  private Graph graph(int length) {
    Graph graph = new Graph(DataType.FLOAT);
    Operators op = graph.operators();
    Value flat = graph.input("parameters", DataType.FLOAT, PolicyNetwork.layout(spec).size());
    Map<String, Value> inputs = new HashMap<>();
    for (TrainingLoop.Column column : columns(length)) {
      long[] shape = new long[column.rowShape().length + 1];
      shape[0] = Shape.DYNAMIC;
      System.arraycopy(column.rowShape(), 0, shape, 1, column.rowShape().length);
      inputs.put(column.name(), graph.input(column.name(), column.type(), shape));
    }
    Value tokens = TrainingLoop.scalar(inputs, "tokens");
    var evaluation =
        PolicyNetwork.over(spec, graph, flat)
            .evaluate(
                TrainingLoop.scalar(inputs, "pixels"),
                TrainingLoop.scalar(inputs, "prompt"),
                tokens);
    Value distributions = op.logSoftmax(op.multiply(evaluation.logits(), 1 / temperature));
    Value logProbs = TokenLosses.logProbs(op, distributions, tokens);
    graph.output("scoredLogProbs", logProbs);
    graph.output("values", evaluation.value());
    estimator.ifPresent(
        each ->
            graph.output(
                "distances",
                new Divergence(each, spec.vocabularySize())
                    .at(
                        op,
                        new Divergence.Student(logProbs, distributions, Optional.empty()),
                        name -> TrainingLoop.scalar(inputs, name))));
    return graph;
  }

  @Override
  public void close() {
    sessions.values().forEach(OnnxSession::close);
  }
}
