package org.gtrturbo.policy.training;

import java.util.Optional;
import org.gtrturbo.policy.losses.Guidance;
import org.gtrturbo.policy.losses.Surrogate;
import org.gtrturbo.policy.losses.ValueLoss;

/**
 * The fixed part of a PPO update; what changes over a run is in {@link PpoCoefficients}.
 *
 * @param temperature that the turns were sampled at; divides the logits
 */
public record PpoSettings(
    Surrogate surrogate, ValueLoss value, double temperature, Guidance guidance) {

  public PpoSettings {
    if (!(temperature > 0)) {
      throw new IllegalArgumentException("temperature must be above 0, got " + temperature);
    }
    if (guidance instanceof Guidance.Distance(var placement, _)
        && placement == Guidance.Placement.TOKEN_ADVANTAGE
        && surrogate.ratio() == Surrogate.Ratio.STEP) {
      throw new IllegalArgumentException(
          "a ratio of the step has one advantage a turn, and no token of its own; place the"
              + " distance in the turn's advantage");
    }
  }

  /** Plain PPO. */
  public static PpoSettings plain(
      Surrogate.Ratio ratio, double clip, double thoughtWeight, Guidance guidance) {
    return new PpoSettings(
        Surrogate.plain(ratio, clip, thoughtWeight), new ValueLoss(Optional.empty()), 1, guidance);
  }

  /** The distance that the optimizer steps compute, where they compute one. */
  Optional<Guidance.Distance> distanceInUpdate() {
    return guidance instanceof Guidance.Distance distance && distance.placement().isInUpdate()
        ? Optional.of(distance)
        : Optional.empty();
  }
}
