package org.gtrturbo.policy.training;

import java.util.List;
import org.gtrturbo.policy.ParameterLayout;
import org.gtrturbo.policy.Parameters;
import org.gtrturbo.policy.WeightTensor;

/** How a policy is trained: what moves and how, and how that is computed. */
public record TrainingSetup(TrainingPlan plan, Computation computation) {

  /** All tensors alike, in float32. */
  public static TrainingSetup plain(ParameterLayout policy, Optimizer optimizer) {
    return new TrainingSetup(TrainingPlan.whole(policy, optimizer), Computation.PLAIN);
  }

  /** The same, minibatches cut into so many parts. */
  TrainingSetup inParts(int parts) {
    return new TrainingSetup(
        plan,
        new Computation(
            computation.precision(), computation.lossScaling(), parts, computation.segments()));
  }

  /**
   * The state before the first step.
   *
   * @param seed of the adapters' random numbers, where there are adapters
   */
  public TrainingState start(Parameters parameters, long seed) {
    return plan.start(parameters, seed, computation);
  }

  /**
   * The state that a checkpoint holds.
   *
   * @param tensors of {@link TrainingState#tensors}
   * @param optimizer of {@link TrainingState#optimizerTensors}
   * @throws IllegalArgumentException if they are not of this setup; the message says which
   */
  public TrainingState resume(
      List<WeightTensor> tensors, List<WeightTensor> optimizer, long steps) {
    TrainingState state = TrainingState.of(plan, tensors, optimizer, steps);
    if (state.lossScale().isPresent() != computation.scalesLoss()) {
      throw new IllegalArgumentException(
          "it was trained "
              + (computation.scalesLoss() ? "without" : "with")
              + " a loss scale, and the settings ask for "
              + computation.precision());
    }
    return state;
  }
}
