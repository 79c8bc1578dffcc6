package org.gtrturbo.learner;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.gtrturbo.platform.settings.Settings;
import org.gtrturbo.platform.settings.SettingsReader;

/** NumberLine with a policy and updates as small as can be. */
final class TestSettings {
  private static final List<String> TINY =
      List.of(
          "policy.width=16",
          "policy.layers=1",
          "policy.heads=2",
          "policy.feedForward=32",
          "policy.patchWidth=8",
          "warmStart.demonstrations=64",
          "warmStart.steps=20",
          "warmStart.minibatch=16",
          "learner.turnsPerUpdate=32",
          "learner.minibatch=16",
          "learner.threads=1",
          "learner.valueWarmUpUpdates=0",
          "learner.maxStalenessVersions=1000",
          "guidance.kind=none",
          "kafka.trajectoryPartitions=2");

  private TestSettings() {}

  static Settings with(String... changes) {
    List<String> all = new ArrayList<>(TINY);
    all.addAll(Arrays.asList(changes));
    return SettingsReader.read(Optional.empty(), Optional.of("numberline"), all);
  }
}
