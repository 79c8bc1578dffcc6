package org.gtrturbo.policy.losses;

/**
 * How far a policy π is from its teacher T at one token, in nats.
 *
 * <p>Some look at the token that was sampled alone, x = log π(token) − log T(token), of which the
 * mean over samples of π is KL(π ‖ T); the others look at the whole distributions. GTR-Turbo (arXiv
 * 2512.13043, figure 9) compares clip, abs, K3, K1 and forward KL: those that are never negative
 * help, clip the most.
 */
public sealed interface Estimator {

  /** x as it is: unbiased, and negative wherever the teacher is surer of the token than π. */
  record K1() implements Estimator {}

  /**
   * max(0, x), at most {@code upper}: the paper's.
   *
   * @param upper in nats; infinite where there is no bound
   */
  record Clip(double upper) implements Estimator {
    public Clip {
      if (!(upper > 0)) {
        throw new IllegalArgumentException(
            "the upper bound of a clipped estimator must be above 0, got " + upper);
      }
    }

    public static Clip unbounded() {
      return new Clip(Double.POSITIVE_INFINITY);
    }
  }

  /** |x|. */
  record Abs() implements Estimator {}

  /** exp(−x) − 1 + x: never negative, and unbiased as K1 is (Schulman, "Approximating KL"). */
  record K3() implements Estimator {}

  /**
   * KL(π ‖ T) = Σ_w π(w) (log π(w) − log T(w)).
   *
   * @param topK over the teacher's so many likeliest words, all others being one word; the
   *     vocabulary's size: over all words
   */
  record ReverseKl(int topK) implements Estimator {
    public ReverseKl {
      requirePositive(topK);
    }
  }

  /**
   * KL(T ‖ π) = Σ_w T(w) (log T(w) − log π(w)).
   *
   * @param topK as of {@link ReverseKl}
   */
  record ForwardKl(int topK) implements Estimator {
    public ForwardKl {
      requirePositive(topK);
    }
  }

  /** How many words of the teacher's distributions it looks at; 0 where at the token alone. */
  default int words() {
    return switch (this) {
      case K1 _, Clip _, Abs _, K3 _ -> 0;
      case ReverseKl(int topK) -> topK;
      case ForwardKl(int topK) -> topK;
    };
  }

  private static void requirePositive(int topK) {
    if (topK < 1) {
      throw new IllegalArgumentException("a divergence needs a word at least, got " + topK);
    }
  }
}
