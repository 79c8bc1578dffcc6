package org.gtrturbo.policy.device;

import java.util.function.Consumer;

/**
 * Settles which device is computed on, from what is wanted and what is there.
 *
 * @param mayFallBack whether the processor will do where the GPU wanted cannot be used
 */
public record DeviceChoice(Device wanted, boolean mayFallBack) {

  /**
   * @param instead is told, in a sentence, where another device than the one wanted was chosen
   * @throws DeviceException that says all that is missing, if the device cannot be used and there
   *     is no falling back
   */
  public Device settle(Consumer<String> instead) {
    return switch (wanted) {
      case Device.Cpu cpu -> cpu;
      case Device.Cuda cuda -> settle(cuda, CudaInstallation.find(), instead);
    };
  }

  Device settle(Device.Cuda cuda, CudaInstallation found, Consumer<String> instead) {
    if (found.has(cuda.index())) {
      return cuda;
    }
    String why = found.whyNot(cuda.index());
    if (!mayFallBack) {
      throw new DeviceException(
          why + ". To compute on the processor instead, set device.fallback=cpu");
    }
    instead.accept(why + ". Computing on the processor instead, as device.fallback says");
    return Device.CPU;
  }
}
