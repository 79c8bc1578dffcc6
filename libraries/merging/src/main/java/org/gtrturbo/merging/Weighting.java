package org.gtrturbo.merging;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** What each checkpoint weighs against those before it. */
public sealed interface Weighting {

  /**
   * The fold of a checkpoint; empty if it has no weight and is left out.
   *
   * @param before the merge so far
   * @param version of the checkpoint
   */
  Optional<Fold> weigh(MergeProgress before, long version);

  /** All the same: checkpoint n has the share 1 / n when it comes in. */
  record Equal() implements Weighting {
    @Override
    public Optional<Fold> weigh(MergeProgress before, long version) {
      long merged = before.merged() + 1;
      double share = 1.0 / merged;
      return Optional.of(
          new Fold(
              version, share, 1 - share, 1, 1, new MergeProgress(merged, before.weight() + 1)));
    }
  }

  /**
   * The newest has the share α, and each before it fades by (1 − α).
   *
   * @param alpha weight of the newest checkpoint, in (0, 1]; not the share that is kept
   */
  record Fading(double alpha, WarmUp warmUp) implements Weighting {
    public Fading {
      if (!(alpha > 0 && alpha <= 1)) {
        throw new IllegalArgumentException(
            "alpha must be above 0 and at most 1, got " + alpha + "; it weighs the newest");
      }
    }

    @Override
    public Optional<Fold> weigh(MergeProgress before, long version) {
      long merged = before.merged() + 1;
      double share = Math.max(alpha, warmUp.share(merged));
      double weight = (1 - share) * before.weight() + share;
      return Optional.of(
          new Fold(version, share, 1 - share, 1 - share, share, new MergeProgress(merged, weight)));
    }
  }

  /**
   * A larger share for the first checkpoints: checkpoint n has at least (1 + (n − 1) / γ)⁻ᵖ, so
   * that the first becomes the teacher alone and the base is forgotten at once. With γ = p = 1 that
   * is the mean until 1 / n falls below α.
   *
   * @param power p, above 0; 0 for no warm-up
   * @param gamma γ, above 0
   */
  record WarmUp(double power, double gamma) {
    public static final WarmUp NONE = new WarmUp(0, 1);

    public WarmUp {
      if (!(power >= 0 && gamma > 0)) {
        throw new IllegalArgumentException(
            "a warm-up's power must not be negative and its gamma above 0, got "
                + power
                + " and "
                + gamma);
      }
    }

    double share(long merged) {
      return power == 0 ? 0 : Math.pow(1 + (merged - 1) / gamma, -power);
    }
  }

  /**
   * As given, by version. What is not named is left out.
   *
   * @param weights by the checkpoint's version, each above 0
   */
  record ByVersion(Map<Long, Double> weights) implements Weighting {
    public ByVersion {
      weights = Map.copyOf(weights);
      weights.values().forEach(Weighting::requireWeight);
    }

    @Override
    public Optional<Fold> weigh(MergeProgress before, long version) {
      return Optional.ofNullable(weights.get(version))
          .map(weight -> given(before, version, weight));
    }

    @Override
    public String toString() {
      return new TreeMap<>(weights).toString();
    }
  }

  /**
   * As given, in the order of folding. What comes behind the last is left out.
   *
   * @param weights of the first checkpoint that is folded, the second and so on, each above 0
   */
  record ByPosition(List<Double> weights) implements Weighting {
    public ByPosition {
      weights = List.copyOf(weights);
      weights.forEach(Weighting::requireWeight);
    }

    @Override
    public Optional<Fold> weigh(MergeProgress before, long version) {
      return before.merged() < weights.size()
          ? Optional.of(given(before, version, weights.get((int) before.merged())))
          : Optional.empty();
    }
  }

  private static Fold given(MergeProgress before, long version, double weight) {
    double total = before.weight() + weight;
    double share = weight / total;
    return new Fold(
        version, share, 1 - share, 1, weight, new MergeProgress(before.merged() + 1, total));
  }

  private static void requireWeight(double weight) {
    if (!(weight > 0 && weight < Double.POSITIVE_INFINITY)) {
      throw new IllegalArgumentException(
          "weights must be finite and above 0, got " + weight + "; leave a checkpoint out instead");
    }
  }
}
