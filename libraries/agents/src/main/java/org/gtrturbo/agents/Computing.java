package org.gtrturbo.agents;

import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.concurrent.ConcurrentHashMap;
import org.gtrturbo.platform.settings.DeviceSettings;
import org.gtrturbo.platform.settings.Settings;
import org.gtrturbo.policy.device.Compute;
import org.gtrturbo.policy.device.Device;
import org.gtrturbo.policy.device.DeviceChoice;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What the services compute with: what the settings want, as far as this machine has it. */
public final class Computing {
  private static final Logger LOG = LoggerFactory.getLogger(Computing.class);
  private static final long MEBIBYTE = 1L << 20;

  // What a machine has does not change while a process runs: looked for once, and said once.
  private static final Map<DeviceChoice, Device> SETTLED = new ConcurrentHashMap<>();

  private Computing() {}

  /**
   * Settles all devices, so that a service that lacks one ends before it has begun.
   *
   * @throws org.gtrturbo.policy.device.DeviceException as {@link #learner}
   */
  public static void settle(Settings settings) {
    for (DeviceSettings.Kind kind :
        List.of(settings.device().learner(), settings.device().actor())) {
      var _ = device(kind, settings.device());
    }
  }

  /**
   * What trains.
   *
   * @throws org.gtrturbo.policy.device.DeviceException if the settings want a GPU that cannot be
   *     used, and nothing else
   */
  public static Compute learner(Settings settings) {
    return new Compute(
        device(settings.device().learner(), settings.device()), settings.learner().threads());
  }

  /**
   * What generates and scores, side by side on several threads: one for each operator is enough.
   *
   * @throws org.gtrturbo.policy.device.DeviceException as {@link #learner}
   */
  public static Compute actor(Settings settings) {
    return new Compute(device(settings.device().actor(), settings.device()), 1);
  }

  private static Device device(DeviceSettings.Kind kind, DeviceSettings settings) {
    DeviceChoice choice =
        new DeviceChoice(
            wanted(kind, settings), settings.fallback() == DeviceSettings.Fallback.CPU);
    return SETTLED.computeIfAbsent(choice, wanted -> wanted.settle(LOG::warn));
  }

  private static Device wanted(DeviceSettings.Kind kind, DeviceSettings settings) {
    return switch (kind) {
      case CPU -> Device.CPU;
      case CUDA ->
          new Device.Cuda(
              settings.index(),
              settings.memoryLimitMebibytes() == 0
                  ? OptionalLong.empty()
                  : OptionalLong.of(settings.memoryLimitMebibytes() * MEBIBYTE),
              settings.matrixProducts() == DeviceSettings.MatrixProducts.TF32);
    };
  }
}
