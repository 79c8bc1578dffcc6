package org.gtrturbo.merger;

import java.util.Map;

/**
 * How the newest checkpoint θ enters the running teacher T: {@code T ← (1 − w) T + w θ}, with the
 * weight w that the rule gives.
 *
 * <p>What the first teacher is: every rule starts from the base, checkpoint 0, which stands in as
 * the teacher until a checkpoint is folded. The base is no member of the merge, so the count of
 * what is merged starts at the first checkpoint after it.
 *
 * <p>Every rule here needs no more of the past than T and the count. A rule that needs other sums,
 * such as TIES with its trimmed and sign-elected deltas, is another case of this interface and
 * brings a state of its own.
 */
public sealed interface MergeRule {

  /** As in settings and events. */
  String name();

  /** What the rule is set to, as in events. */
  Map<String, String> settings();

  /**
   * w for the checkpoint that is folded as number {@code mergedCount}, counted from 1; 0 where the
   * rule folds nothing.
   */
  double weightOfNewest(long mergedCount);

  /**
   * Exponential moving average (arXiv 2512.13043): T₀ is the base, whose share fades as (1 − α)ⁿ.
   *
   * @param alpha weight of the newest checkpoint, in (0, 1]
   */
  record Ema(double alpha) implements MergeRule {
    public Ema {
      if (!(alpha > 0 && alpha <= 1)) {
        throw new IllegalArgumentException(
            "alpha must be above 0 and at most 1, got " + alpha + "; it weighs the newest");
      }
    }

    @Override
    public String name() {
      return "ema";
    }

    @Override
    public Map<String, String> settings() {
      return Map.of("alpha", Double.toString(alpha));
    }

    @Override
    public double weightOfNewest(long mergedCount) {
      requireCounted(mergedCount);
      return alpha;
    }
  }

  /**
   * The mean of the checkpoints (arXiv 2512.13043). The base is not among them: the first
   * checkpoint after it becomes the teacher alone.
   */
  record Sma() implements MergeRule {
    @Override
    public String name() {
      return "sma";
    }

    @Override
    public Map<String, String> settings() {
      return Map.of();
    }

    @Override
    public double weightOfNewest(long mergedCount) {
      requireCounted(mergedCount);
      return 1.0 / mergedCount;
    }
  }

  /** The base for ever: the control arm. */
  record Frozen() implements MergeRule {
    @Override
    public String name() {
      return "frozen";
    }

    @Override
    public Map<String, String> settings() {
      return Map.of();
    }

    @Override
    public double weightOfNewest(long mergedCount) {
      requireCounted(mergedCount);
      return 0;
    }
  }

  private static void requireCounted(long mergedCount) {
    if (mergedCount < 1) {
      throw new IllegalArgumentException(
          "merged checkpoints are counted from 1, the base left out; got " + mergedCount);
    }
  }
}
