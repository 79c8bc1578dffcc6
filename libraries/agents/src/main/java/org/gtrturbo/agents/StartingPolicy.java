package org.gtrturbo.agents;

import java.nio.file.Path;
import java.util.Optional;
import org.gtrturbo.environments.EnvironmentSpec;
import org.gtrturbo.platform.settings.Settings.PolicySettings;
import org.gtrturbo.policy.Parameters;
import org.gtrturbo.policy.PolicyFolder;
import org.gtrturbo.policy.PolicySpec;
import org.gtrturbo.policy.VisionLanguageModel;

/**
 * The policy that a run begins with, before its warm start.
 *
 * @param brought the weights of a policy that was brought; empty for the built-in one
 */
public record StartingPolicy(PolicySpec spec, Optional<Parameters> brought) {

  /**
   * The policy that the settings ask for.
   *
   * @throws IllegalArgumentException if it does not fit the environment, or a policy that is
   *     brought cannot be used; the message says what to do
   */
  public static StartingPolicy of(EnvironmentSpec environment, PolicySettings settings) {
    if (settings.folder().isEmpty()) {
      return new StartingPolicy(PolicySpecs.builtIn(environment, settings), Optional.empty());
    }
    String folder = settings.folder().get();
    PolicyFolder policy = PolicyFolder.read(Path.of(folder));
    PolicySpecs.wrongFor(environment, policy.spec())
        .ifPresent(
            reason -> {
              throw new IllegalArgumentException(
                  "the policy in " + folder + " cannot play " + environment.name() + ": " + reason);
            });
    return new StartingPolicy(policy.spec(), Optional.of(policy.weights()));
  }

  /** The weights brought, or else random ones. */
  public Parameters weights(long seed) {
    return brought.orElseGet(() -> VisionLanguageModel.initialise(spec, seed));
  }
}
