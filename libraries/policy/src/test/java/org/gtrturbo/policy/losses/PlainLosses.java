package org.gtrturbo.policy.losses;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.DoubleBinaryOperator;
import java.util.function.ToDoubleBiFunction;

/** The losses once more, as loops over their formulas, without a graph. */
final class PlainLosses {
  private final SmallBatch batch;
  private final double[] policy;
  private final double[] teacher;

  PlainLosses(SmallBatch batch) {
    this.batch = batch;
    this.policy = logSoftmax(batch.numbers().get("logits"), batch.words());
    this.teacher = batch.numbers().get("teacherTop");
  }

  /** By turn and token. */
  private interface OfToken extends ToDoubleBiFunction<Integer, Integer> {}

  Map<String, Double> all() {
    Map<String, Double> all = new LinkedHashMap<>();
    double none = Double.POSITIVE_INFINITY;
    OfToken nothing = (_, _) -> 0;
    all.put("token", tokens(none, false, none, nothing));
    all.put("step", steps(none, false, nothing));
    all.put("token-limited", tokens(2, false, none, nothing));
    all.put("step-limited", steps(2, false, nothing));
    all.put("token-decoupled", tokens(none, true, none, nothing));
    all.put("step-decoupled", steps(none, true, nothing));
    all.put("token-decoupled-capped", tokens(none, true, 1.1, nothing));
    all.put("token-penalty-clip", tokens(none, false, none, (n, g) -> penalty(clip(), n, g)));
    all.put("turn-penalty-k3", tokens(none, false, none, (n, _) -> meanPenalty(k3(), n)));
    all.put("step-penalty-reverse-kl", steps(none, false, (n, _) -> meanPenalty(reverse(), n)));
    all.put("value", value((moved, plain) -> plain));
    all.put("value-clipped", value(Math::max));
    all.put("entropy", mean(this::entropy, (n, g) -> thought(n, g) + action(n, g)));
    all.put("thoughts", mean((n, g) -> -logProb(n, g), this::thought));
    all.put("estimate-k1", mean(this::ahead, this::thought));
    all.put("estimate-clip", mean(clip(), this::thought));
    all.put("estimate-clip-upper", mean((n, g) -> Math.clamp(ahead(n, g), 0, 0.7), this::thought));
    all.put("estimate-abs", mean((n, g) -> Math.abs(ahead(n, g)), this::thought));
    all.put("estimate-k3", mean(k3(), this::thought));
    all.put("estimate-reverse-kl", mean(reverse(), this::thought));
    all.put("estimate-forward-kl", mean((n, g) -> kl(n, g, teacher, policy), this::thought));
    all.put("estimate-reverse-kl-top", mean((n, g) -> few(n, g, policy, teacher), this::thought));
    all.put("estimate-forward-kl-top", mean((n, g) -> few(n, g, teacher, policy), this::thought));
    return all;
  }

  static double[] logSoftmax(double[] logits, int words) {
    double[] result = new double[logits.length];
    for (int start = 0; start < logits.length; start += words) {
      double sum = 0;
      for (int word = start; word < start + words; word++) {
        sum += Math.exp(logits[word]);
      }
      for (int word = start; word < start + words; word++) {
        result[word] = logits[word] - Math.log(sum);
      }
    }
    return result;
  }

  /** −Σ w i S / Σ w over tokens. */
  private double tokens(double limit, boolean decoupled, double cap, OfToken penalty) {
    double sum = 0;
    double weights = 0;
    for (int n = 0; n < batch.turns(); n++) {
      for (int g = 0; g < batch.tokens(); g++) {
        double weight = weight(n, g);
        double ratio = Math.exp(logProb(n, g) - anchor(decoupled, n, g));
        double importance = Math.exp(anchor(decoupled, n, g) - batch.at("behaviour", n, g));
        double advantage =
            batch.numbers().get("advantage")[n]
                - (thought(n, g) > 0 ? penalty.applyAsDouble(n, g) : 0);
        // A mean penalty is taken off the whole turn, its action included.
        if (thought(n, g) == 0) {
          advantage -= ofWholeTurn(penalty, n, g);
        }
        sum += weight * Math.min(cap, importance) * surrogate(ratio, advantage, limit);
        weights += weight;
      }
    }
    return -sum / weights;
  }

  /** What a penalty takes off a token that is no thought: nothing, unless it is of the turn. */
  private double ofWholeTurn(OfToken penalty, int n, int g) {
    boolean sameEverywhere = penalty.applyAsDouble(n, 0) == penalty.applyAsDouble(n, g);
    return sameEverywhere ? penalty.applyAsDouble(n, g) : 0;
  }

  private double steps(double limit, boolean decoupled, OfToken penalty) {
    double sum = 0;
    for (int n = 0; n < batch.turns(); n++) {
      double logRatio = 0;
      double logImportance = 0;
      for (int g = 0; g < batch.tokens(); g++) {
        logRatio += weight(n, g) * (logProb(n, g) - anchor(decoupled, n, g));
        logImportance += weight(n, g) * (anchor(decoupled, n, g) - batch.at("behaviour", n, g));
      }
      double ratio = Math.exp(Math.clamp(logRatio, -5.0, 5.0));
      double importance = Math.exp(Math.clamp(logImportance, -5.0, 5.0));
      double advantage = batch.numbers().get("advantage")[n] - penalty.applyAsDouble(n, 0);
      sum += importance * surrogate(ratio, advantage, limit);
    }
    return -sum / batch.turns();
  }

  private static double surrogate(double ratio, double advantage, double limit) {
    double clipped = Math.clamp(ratio, 1 - SmallBatch.CLIP, 1 + SmallBatch.CLIP) * advantage;
    return ratio > limit ? clipped : Math.min(ratio * advantage, clipped);
  }

  private double anchor(boolean decoupled, int n, int g) {
    return batch.at(decoupled ? "proximal" : "behaviour", n, g);
  }

  private double value(DoubleBinaryOperator worse) {
    double sum = 0;
    for (int n = 0; n < batch.turns(); n++) {
      double value = batch.numbers().get("value")[n];
      double target = batch.numbers().get("valueTarget")[n];
      double before = batch.numbers().get("valueBefore")[n];
      double moved = before + Math.clamp(value - before, -0.1, 0.1);
      sum += worse.applyAsDouble(Math.pow(moved - target, 2), Math.pow(value - target, 2));
    }
    return 0.5 * sum / batch.turns();
  }

  private double mean(OfToken of, OfToken weight) {
    double sum = 0;
    double weights = 0;
    for (int n = 0; n < batch.turns(); n++) {
      for (int g = 0; g < batch.tokens(); g++) {
        sum += weight.applyAsDouble(n, g) * of.applyAsDouble(n, g);
        weights += weight.applyAsDouble(n, g);
      }
    }
    return sum / weights;
  }

  private double penalty(OfToken distance, int n, int g) {
    return SmallBatch.BETA * distance.applyAsDouble(n, g);
  }

  private double meanPenalty(OfToken distance, int n) {
    double sum = 0;
    double thoughts = 0;
    for (int g = 0; g < batch.tokens(); g++) {
      sum += thought(n, g) * penalty(distance, n, g);
      thoughts += thought(n, g);
    }
    return sum / thoughts;
  }

  private OfToken clip() {
    return (n, g) -> Math.max(0, ahead(n, g));
  }

  private OfToken k3() {
    return (n, g) -> Math.exp(-ahead(n, g)) - 1 + ahead(n, g);
  }

  private OfToken reverse() {
    return (n, g) -> kl(n, g, policy, teacher);
  }

  private double ahead(int n, int g) {
    return logProb(n, g) - batch.at("teacherLogProbs", n, g);
  }

  private double kl(int n, int g, double[] left, double[] right) {
    double sum = 0;
    int start = start(n, g);
    for (int word = start; word < start + batch.words(); word++) {
      sum += Math.exp(left[word]) * (left[word] - right[word]);
    }
    return sum;
  }

  /** KL over the teacher's few likeliest words, the others as one. */
  private double few(int n, int g, double[] left, double[] right) {
    double sum = 0;
    double leftRest = 1;
    double rightRest = 1;
    int start = (n * batch.tokens() + g) * batch.few();
    for (int rank = start; rank < start + batch.few(); rank++) {
      int word = start(n, g) + (int) batch.numbers().get("teacherFewTokens")[rank];
      sum += Math.exp(left[word]) * (left[word] - right[word]);
      leftRest -= Math.exp(left[word]);
      rightRest -= Math.exp(right[word]);
    }
    return sum + leftRest * Math.log(leftRest / rightRest);
  }

  private double entropy(int n, int g) {
    double sum = 0;
    int start = start(n, g);
    for (int word = start; word < start + batch.words(); word++) {
      sum -= Math.exp(policy[word]) * policy[word];
    }
    return sum;
  }

  private double logProb(int n, int g) {
    return policy[start(n, g) + (int) batch.at("tokens", n, g)];
  }

  private int start(int n, int g) {
    return (n * batch.tokens() + g) * batch.words();
  }

  private double weight(int n, int g) {
    return SmallBatch.LAMBDA * thought(n, g) + action(n, g);
  }

  private double thought(int n, int g) {
    return batch.at("thought", n, g);
  }

  private double action(int n, int g) {
    return batch.at("action", n, g);
  }
}
