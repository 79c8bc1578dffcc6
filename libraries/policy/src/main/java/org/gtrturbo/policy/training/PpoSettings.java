package org.gtrturbo.policy.training;

import java.util.Optional;

/**
 * The fixed part of a PPO update; what changes over a run is in {@link PpoCoefficients}.
 *
 * @param clip ε of the clipped surrogate
 * @param thoughtWeight λ: weight of thought tokens, where action tokens weigh 1 (RL4VLM's thought
 *     coefficient)
 * @param valueClip the value may move this far from the behaviour policy's estimate; empty: no
 *     clipping
 * @param temperature that the turns were sampled at; divides the logits
 */
public record PpoSettings(
    Ratio ratio,
    double clip,
    double thoughtWeight,
    Optional<Double> valueClip,
    double temperature,
    Guidance guidance) {

  public PpoSettings {
    if (!(clip > 0 && clip < 1)) {
      throw new IllegalArgumentException("clip must be in (0, 1), got " + clip);
    }
    if (!(thoughtWeight >= 0)) {
      throw new IllegalArgumentException(
          "thought weight must not be negative, got " + thoughtWeight);
    }
  }

  /** What importance ratio the surrogate clips. */
  public enum Ratio {
    /** One per token. */
    TOKEN,
    /** One per turn: exp of the weighted sum of its tokens' log-ratios (RL4VLM). */
    STEP
  }

  /** How the teacher guides thought tokens. */
  public sealed interface Guidance {
    /** Not at all. */
    record None() implements Guidance {}

    /**
     * A loss: the reverse KL from policy to teacher at each thought token, over the teacher's
     * {@code topK} likeliest words and all others as one, or over the whole vocabulary where topK
     * is its size.
     */
    record KlLoss(int topK) implements Guidance {}

    /**
     * The paper's estimator: max(0, log π − log T) of each thought token, taken off its advantage.
     */
    record ClippedPenalty() implements Guidance {}
  }
}
