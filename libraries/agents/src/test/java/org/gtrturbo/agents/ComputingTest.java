package org.gtrturbo.agents;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Optional;
import org.gtrturbo.platform.settings.Settings;
import org.gtrturbo.platform.settings.SettingsReader;
import org.gtrturbo.policy.device.Compute;
import org.gtrturbo.policy.device.DeviceException;
import org.junit.jupiter.api.Test;

/**
 * What the settings of devices come to, with the native libraries of the jar: they know no GPU,
 * whatever the machine has.
 */
final class ComputingTest {
  @Test
  void theProcessorComputesUnlessTheSettingsSayOtherwise() {
    Settings settings = settings("learner.threads=3");

    assertThat(Computing.learner(settings)).isEqualTo(Compute.cpu(3));
    assertThat(Computing.actor(settings)).isEqualTo(Compute.cpu(1));
  }

  @Test
  void aGpuThatCannotBeUsedIsRefused() {
    Settings settings = settings("device.learner=cuda", "device.index=2");

    assertThatThrownBy(() -> Computing.learner(settings))
        .isInstanceOf(DeviceException.class)
        .hasMessageContaining("cuda:2 cannot be used");
    assertThatThrownBy(() -> Computing.settle(settings)).isInstanceOf(DeviceException.class);
    assertThat(Computing.actor(settings)).isEqualTo(Compute.cpu(1));
  }

  @Test
  void theProcessorTakesOverWhereItMay() {
    Settings settings = settings("device.learner=cuda", "device.actor=cuda", "device.fallback=cpu");

    assertThat(Computing.learner(settings)).isEqualTo(Compute.cpu(settings.learner().threads()));
    assertThat(Computing.actor(settings)).isEqualTo(Compute.cpu(1));
  }

  private static Settings settings(String... overrides) {
    return SettingsReader.read(Optional.empty(), Optional.empty(), List.of(overrides));
  }
}
