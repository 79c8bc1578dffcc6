package org.gtrturbo.merging;

/**
 * An average over checkpoints 1 to n whose weights rise with a power of time (EDM2, arXiv
 * 2312.02696, equation 5): checkpoint i of n has the share {@code (i/n)^(γ+1) − ((i−1)/n)^(γ+1)}.
 *
 * @param gamma γ, not negative; 0 is the plain mean
 */
public record PowerAverage(double gamma) {
  /** Standard deviation of the profile at γ = 0, the widest there is: 1 / √12. */
  private static final double WIDEST = 1 / Math.sqrt(12);

  private static final int HALVINGS = 200;
  private static final double LARGEST_GAMMA = 1e9;

  public PowerAverage {
    if (!(gamma >= 0 && gamma <= LARGEST_GAMMA)) {
      throw new IllegalArgumentException(
          "gamma must be from 0 to " + LARGEST_GAMMA + ", got " + gamma);
    }
  }

  /**
   * The average of a relative length σ: the standard deviation of its weights as a share of the
   * run, {@code σ² = (γ + 1) / ((γ + 2)² (γ + 3))} (EDM2, equation 6).
   *
   * @param sigma above 0 and below 1 / √12
   */
  public static PowerAverage ofLength(double sigma) {
    if (!(sigma > 1 / LARGEST_GAMMA && sigma < WIDEST)) {
      throw new IllegalArgumentException(
          "a relative length must be above 0 and below " + WIDEST + ", got " + sigma);
    }
    double low = 0;
    double high = LARGEST_GAMMA;
    for (int halving = 0; halving < HALVINGS; halving++) {
      double middle = (low + high) / 2;
      if (new PowerAverage(middle).length() > sigma) {
        low = middle;
      } else {
        high = middle;
      }
    }
    return new PowerAverage((low + high) / 2);
  }

  /** σ, the relative length. */
  public double length() {
    return Math.sqrt((gamma + 1) / (gamma + 3)) / (gamma + 2);
  }

  /** 1 − β of the checkpoint that comes in as number {@code merged}, from 1. */
  public double shareOfNewest(long merged) {
    return 1 - StrictMath.pow(1 - 1.0 / merged, gamma + 1);
  }

  /**
   * The share of every checkpoint; they add up to 1.
   *
   * @param merged how many there are, n
   * @return shape (n), the first checkpoint's first
   */
  public double[] shares(int merged) {
    var shares = new double[merged];
    double before = 0;
    for (int number = 1; number <= merged; number++) {
      double upTo = StrictMath.pow((double) number / merged, gamma + 1);
      shares[number - 1] = upTo - before;
      before = upTo;
    }
    return shares;
  }
}
