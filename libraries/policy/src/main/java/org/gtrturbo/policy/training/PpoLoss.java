package org.gtrturbo.policy.training;

import java.util.LinkedHashMap;
import java.util.Map;
import org.gtrturbo.policy.PolicyNetwork;
import org.gtrturbo.policy.PolicySpec;
import org.gtrturbo.policy.graph.Graph;
import org.gtrturbo.policy.graph.Operators;
import org.gtrturbo.policy.graph.Value;

/**
 * The PPO loss of one minibatch with the teacher's guidance.
 *
 * <pre>
 * loss = c_policy · L_policy + c_value · L_value − c_entropy · H + L_guidance
 *
 * L_policy, per token:  −Σ w min(r A, clip(r, 1−ε, 1+ε) A) / Σ w,   r = π(token) / π_behaviour(token)
 * L_policy, per step:   −mean min(r A, clip(r, 1−ε, 1+ε) A),        r = exp clamp(Σ w (log π − log π_behaviour), ±5)
 *     w = λ on thought tokens, 1 on action tokens (RL4VLM, arXiv 2405.10292, eq. 4.2)
 * L_value = ½ mean (V − target)², or the larger of it and the same with V kept within valueClip of the old one
 * H = mean token entropy
 * L_guidance = β · mean over thought tokens of KL(π ‖ T)                       (KlLoss)
 *     or A ← A − β · max(0, log π − log T) on thought tokens, π held constant  (ClippedPenalty, GTR-Turbo eq. for A')
 * </pre>
 */
final class PpoLoss implements TrainingLoop.Loss {
  static final String POLICY = "policy";
  static final String VALUE = "value";
  static final String ENTROPY = "entropy";
  static final String GUIDANCE = "guidance";

  private static final double LARGEST_LOG_RATIO = 5;

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
      var evaluation =
          PolicyNetwork.of(spec, graph, parameters)
              .evaluate(column("pixels"), column("prompt"), column("tokens"));
      Value distributions =
          op.logSoftmax(op.multiply(evaluation.logits(), 1 / settings.temperature()));
      Value logProbs = TokenLosses.logProbs(op, distributions, column("tokens"));
      Value thought = column("thought");
      Value all = op.add(thought, column("action"));
      Value logRatio = op.multiply(op.subtract(logProbs, column("logProbs")), all);

      Value policy = policyLoss(logProbs, logRatio);
      Value value = valueLoss(evaluation.value());
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
      report.put("behaviourKl", op.negate(TokenLosses.weightedMean(op, logRatio, all)));
      report.put("clipped", TokenLosses.weightedMean(op, clipped(logRatio), all));
      if (settings.guidance() instanceof PpoSettings.Guidance.KlLoss(int topK)) {
        Value guidance = TokenLosses.weightedMean(op, divergence(distributions, topK), thought);
        loss = op.add(loss, op.multiply(guidance, coefficient(GUIDANCE)));
        report.put("teacherKl", guidance);
      }
      report.put(TrainingLoop.LOSS, loss);
      return report;
    }

    private Value policyLoss(Value logProbs, Value logRatio) {
      Value weights =
          op.add(op.multiply(column("thought"), settings.thoughtWeight()), column("action"));
      Value turnAdvantage = column("advantage");
      Value penalty = penalty(logProbs);
      return switch (settings.ratio()) {
        case TOKEN -> {
          Value advantage = op.subtract(op.unsqueeze(turnAdvantage, 1), penalty);
          yield op.negate(
              TokenLosses.weightedMean(op, surrogate(op.exp(logRatio), advantage), weights));
        }
        case STEP -> {
          Value sum = op.reduceSum(op.multiply(logRatio, weights), false, 1);
          Value ratio = op.exp(op.clamp(sum, -LARGEST_LOG_RATIO, LARGEST_LOG_RATIO));
          Value thoughts = op.maximum(op.reduceSum(column("thought"), false, 1), graph.scalar(1));
          Value mean = op.divide(op.reduceSum(penalty, false, 1), thoughts);
          yield op.negate(op.mean(surrogate(ratio, op.subtract(turnAdvantage, mean))));
        }
      };
    }

    private Value surrogate(Value ratio, Value advantage) {
      Value limited = op.clamp(ratio, 1 - settings.clip(), 1 + settings.clip());
      return op.minimum(op.multiply(ratio, advantage), op.multiply(limited, advantage));
    }

    /** β max(0, log π − log T) on thought tokens (N, G); zero unless this is the guidance. */
    private Value penalty(Value logProbs) {
      if (!(settings.guidance() instanceof PpoSettings.Guidance.ClippedPenalty)) {
        return op.zerosLike(logProbs);
      }
      Value ahead = op.subtract(op.constantCopy(logProbs), column("teacherLogProbs"));
      Value positive = op.multiply(op.maximum(ahead, graph.scalar(0)), column("thought"));
      return op.multiply(positive, coefficient(GUIDANCE));
    }

    private Value valueLoss(Value value) {
      Value target = column("valueTarget");
      Value plain = op.square(op.subtract(value, target));
      Value loss = plain;
      if (settings.valueClip().isPresent()) {
        double limit = settings.valueClip().get();
        Value before = column("valueBefore");
        Value moved = op.clamp(op.subtract(value, before), -limit, limit);
        loss = op.maximum(plain, op.square(op.subtract(op.add(before, moved), target)));
      }
      return op.multiply(op.mean(loss), 0.5);
    }

    /** KL(π ‖ T) at each place: (N, G). */
    private Value divergence(Value distributions, int topK) {
      Value teacher = column("teacherTop");
      if (topK == spec.vocabularySize()) {
        Value difference = op.subtract(distributions, teacher);
        return op.reduceSum(op.multiply(op.exp(distributions), difference), false, -1);
      }
      Value student = op.gatherElements(distributions, column("teacherTopTokens"));
      Value likely = op.exp(student);
      Value known = op.reduceSum(op.multiply(likely, op.subtract(student, teacher)), false, -1);
      Value studentRest = rest(likely);
      Value teacherRest = rest(op.exp(teacher));
      Value others =
          op.multiply(studentRest, op.subtract(op.log(studentRest), op.log(teacherRest)));
      return op.add(known, others);
    }

    /** The probability of all words but the likeliest: (N, G, K) to (N, G), never quite zero. */
    private Value rest(Value likely) {
      Value left = op.subtract(graph.scalar(1), op.reduceSum(likely, false, -1));
      return op.maximum(left, graph.scalar(1e-6));
    }

    private Value clipped(Value logRatio) {
      Value ratio = op.exp(logRatio);
      Value distance = op.maximum(op.add(ratio, -1), op.subtract(graph.scalar(1), ratio));
      return op.indicator(op.greater(distance, graph.scalar(settings.clip())));
    }

    private Value column(String name) {
      return TrainingLoop.scalar(columns, name);
    }

    private Value coefficient(String name) {
      return TrainingLoop.scalar(coefficients, name);
    }
  }
}
