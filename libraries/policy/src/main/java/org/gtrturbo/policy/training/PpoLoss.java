package org.gtrturbo.policy.training;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.gtrturbo.policy.PolicyNetwork;
import org.gtrturbo.policy.PolicySpec;
import org.gtrturbo.policy.graph.Graph;
import org.gtrturbo.policy.graph.Operators;
import org.gtrturbo.policy.graph.Value;
import org.gtrturbo.policy.losses.Divergence;
import org.gtrturbo.policy.losses.Guidance;
import org.gtrturbo.policy.losses.Guidance.Placement;
import org.gtrturbo.policy.losses.Surrogate;
import org.gtrturbo.policy.losses.TokenLosses;

/**
 * The PPO loss of one minibatch with the teacher's guidance.
 *
 * <pre>
 * loss = c_policy · L_policy + c_value · L_value − c_entropy · H + L_guidance
 *
 * L_policy    {@link Surrogate}, of advantages less β times the teacher's distance where it is placed there
 * L_value     {@link org.gtrturbo.policy.losses.ValueLoss}
 * H           mean token entropy
 * L_guidance  β · mean of the teacher's {@link Divergence} over thought tokens, where it is placed in the loss
 *             β · cross-entropy of the teacher's thoughts, where those are learned
 * </pre>
 */
final class PpoLoss implements TrainingLoop.Loss {
  static final String POLICY = "policy";
  static final String VALUE = "value";
  static final String ENTROPY = "entropy";
  static final String GUIDANCE = "guidance";

  /** The teacher's distance over thought tokens, wherever it is placed. */
  static final String TEACHER_KL = "teacherKl";

  /** The cross-entropy of the teacher's thoughts. */
  static final String THOUGHTS = "thoughts";

  private final PolicySpec spec;
  private final PpoSettings settings;

  PpoLoss(PolicySpec spec, PpoSettings settings) {
    this.spec = spec;
    this.settings = settings;
  }

  @Override
  public Map<String, Value> build(
      Graph graph,
      Map<String, Value> parameters,
      Map<String, Value> minibatch,
      Map<String, Value> coefficients) {
    return new Building(graph, minibatch, coefficients).build(parameters);
  }

  /** One minibatch's graph: the batch's columns by name, and what is computed from them. */
  private final class Building {
    private final Graph graph;
    private final Operators op;
    private final Map<String, Value> columns;
    private final Map<String, Value> coefficients;

    Building(Graph graph, Map<String, Value> columns, Map<String, Value> coefficients) {
      this.graph = graph;
      this.op = graph.operators();
      this.columns = columns;
      this.coefficients = coefficients;
    }

    Map<String, Value> build(Map<String, Value> parameters) {
      var model = PolicyNetwork.of(spec, graph, parameters);
      var evaluation = model.evaluate(column("pixels"), column("prompt"), column("tokens"));
      Value distributions =
          op.logSoftmax(op.multiply(evaluation.logits(), 1 / settings.temperature()));
      Value logProbs = TokenLosses.logProbs(op, distributions, column("tokens"));
      Value thought = column("thought");
      var student = new Divergence.Student(logProbs, distributions, Optional.of(thought));
      Value all = op.add(thought, column("action"));
      Value behaviourRatio = op.multiply(op.subtract(logProbs, column("logProbs")), all);
      Surrogate.Tokens tokens = tokens(student, behaviourRatio, all);

      Value policy =
          settings
              .surrogate()
              .loss(op, tokens, column("advantage"), isPlacedIn(Placement.TURN_ADVANTAGE));
      Value value =
          settings
              .value()
              .loss(
                  op,
                  evaluation.value(),
                  column("valueTarget"),
                  settings.value().clip().map(_ -> column("valueBefore")));
      Value entropies = TokenLosses.entropy(op, distributions);
      Value entropy = TokenLosses.weightedMean(op, entropies, all);
      Value loss =
          op.subtract(
              op.add(
                  op.multiply(policy, coefficient(POLICY)), op.multiply(value, coefficient(VALUE))),
              op.multiply(entropy, coefficient(ENTROPY)));
      Map<String, Value> report = new LinkedHashMap<>();
      report.put(POLICY, policy);
      report.put(VALUE, value);
      report.put(ENTROPY, entropy);
      report.put("thoughtEntropy", TokenLosses.weightedMean(op, entropies, thought));
      report.put("actionEntropy", TokenLosses.weightedMean(op, entropies, column("action")));
      report.put("behaviourKl", op.negate(TokenLosses.weightedMean(op, behaviourRatio, all)));
      report.put("clipped", TokenLosses.weightedMean(op, clipped(tokens.logRatio()), all));
      Optional<Value> guidance = guidance(model, student, report);
      if (guidance.isPresent()) {
        loss = op.add(loss, op.multiply(guidance.get(), coefficient(GUIDANCE)));
      }
      report.put(TrainingLoop.LOSS, loss);
      return report;
    }

    /** What β is multiplied with and added to the loss. */
    private Optional<Value> guidance(
        PolicyNetwork model, Divergence.Student student, Map<String, Value> report) {
      if (isPlacedIn(Placement.LOSS)) {
        Value distance = TokenLosses.weightedMean(op, distance(student), column("thought"));
        report.put(TEACHER_KL, distance);
        return Optional.of(distance);
      }
      if (settings.guidance() instanceof Guidance.Thoughts) {
        Value lesson = column(TurnColumns.LESSON_TOKENS);
        var taught =
            model.evaluate(
                column(TurnColumns.LESSON_PIXELS), column(TurnColumns.LESSON_PROMPT), lesson);
        Value thoughts =
            TokenLosses.crossEntropy(
                op, taught.logits(), lesson, column(TurnColumns.LESSON_THOUGHT));
        report.put(THOUGHTS, thoughts);
        return Optional.of(thoughts);
      }
      return Optional.empty();
    }

    private Surrogate.Tokens tokens(Divergence.Student student, Value behaviourRatio, Value all) {
      Value penalty = penalty(student);
      if (settings.surrogate().decoupling().isEmpty()) {
        return new Surrogate.Tokens(
            column("thought"), column("action"), behaviourRatio, Optional.empty(), penalty);
      }
      Value proximal = column(TurnColumns.PROXIMAL_LOG_PROBS);
      Value ratio = op.multiply(op.subtract(student.logProbs(), proximal), all);
      Value importance = op.multiply(op.subtract(proximal, column("logProbs")), all);
      return new Surrogate.Tokens(
          column("thought"), column("action"), ratio, Optional.of(importance), penalty);
    }

    /** β D on thought tokens (N, G); zero where the distance is not placed in the advantage. */
    private Value penalty(Divergence.Student student) {
      if (!isPlacedIn(Placement.TURN_ADVANTAGE) && !isPlacedIn(Placement.TOKEN_ADVANTAGE)) {
        return op.zerosLike(student.logProbs());
      }
      Value onThoughts = op.multiply(distance(student.constant(op)), column("thought"));
      return op.multiply(onThoughts, coefficient(GUIDANCE));
    }

    private boolean isPlacedIn(Placement placement) {
      return settings.distanceInUpdate().filter(each -> each.placement() == placement).isPresent();
    }

    private Value distance(Divergence.Student student) {
      var estimator = settings.distanceInUpdate().orElseThrow().estimator();
      return new Divergence(estimator, spec.vocabularySize()).at(op, student, this::column);
    }

    private Value clipped(Value logRatio) {
      Value ratio = op.exp(logRatio);
      Value distance = op.maximum(op.add(ratio, -1), op.subtract(graph.scalar(1), ratio));
      return op.indicator(op.greater(distance, graph.scalar(settings.surrogate().clip())));
    }

    private Value column(String name) {
      return TrainingLoop.scalar(columns, name);
    }

    private Value coefficient(String name) {
      return TrainingLoop.scalar(coefficients, name);
    }
  }
}
