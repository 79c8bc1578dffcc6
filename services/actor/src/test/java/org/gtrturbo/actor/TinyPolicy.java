package org.gtrturbo.actor;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.gtrturbo.agents.PolicySpecs;
import org.gtrturbo.platform.settings.Settings;
import org.gtrturbo.platform.settings.SettingsReader;
import org.gtrturbo.policy.Parameters;
import org.gtrturbo.policy.PolicySpec;
import org.gtrturbo.policy.VisionLanguageModel;

/** Settings of a policy that is small enough for tests, and its random weights. */
final class TinyPolicy {
  private TinyPolicy() {}

  static Settings settings(String... overrides) {
    List<String> all =
        new ArrayList<>(
            List.of(
                "policy.width=16",
                "policy.layers=1",
                "policy.heads=2",
                "policy.feedForward=32",
                "actor.environments=6",
                "learner.turnsPerUpdate=16",
                "learner.minibatch=16"));
    all.addAll(List.of(overrides));
    return SettingsReader.read(Optional.empty(), Optional.of("numberline"), all);
  }

  static PolicySpec spec(Settings settings) {
    return PolicySpecs.of(ActorWorkers.environmentSpec(settings), settings.policy());
  }

  static VersionedWeights weights(Settings settings, long version) {
    Parameters parameters = VisionLanguageModel.initialise(spec(settings), 100 + version);
    return new VersionedWeights(version, parameters);
  }
}
