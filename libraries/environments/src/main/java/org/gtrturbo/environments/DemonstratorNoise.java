package org.gtrturbo.environments;

/**
 * How often a demonstrator errs, each as a probability in [0, 1] that is drawn for itself.
 *
 * @param misreadCard of each number in the picture in each turn: the thought names a number nearby
 *     instead; the plan does not suffer, except on the number line, where what is misread is acted
 *     on
 * @param wrongPlan of each time that a plan is made: the rest of the formula is put together at
 *     random; on the number line of each turn
 * @param randomAction of each turn: an action drawn uniformly stands behind the thought, whatever
 *     the thought says
 */
public record DemonstratorNoise(double misreadCard, double wrongPlan, double randomAction) {

  public static final DemonstratorNoise NONE = new DemonstratorNoise(0, 0, 0);

  public DemonstratorNoise {
    requireProbability("misreadCard", misreadCard);
    requireProbability("wrongPlan", wrongPlan);
    requireProbability("randomAction", randomAction);
  }

  private static void requireProbability(String name, double value) {
    if (!(value >= 0 && value <= 1)) {
      throw new IllegalArgumentException(name + " must be in [0, 1], got " + value);
    }
  }
}
