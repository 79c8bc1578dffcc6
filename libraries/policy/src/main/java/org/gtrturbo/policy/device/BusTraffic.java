package org.gtrturbo.policy.device;

/**
 * Bytes of tensors that were handed over between the processor's memory and a device's.
 *
 * @param toDevice of inputs that were not there yet
 * @param fromDevice of results that were asked for
 */
public record BusTraffic(long toDevice, long fromDevice) {
  public static final BusTraffic NONE = new BusTraffic(0, 0);

  public BusTraffic plus(BusTraffic more) {
    return new BusTraffic(toDevice + more.toDevice, fromDevice + more.fromDevice);
  }

  /** What came on top since {@code earlier}. */
  public BusTraffic since(BusTraffic earlier) {
    return new BusTraffic(toDevice - earlier.toDevice, fromDevice - earlier.fromDevice);
  }
}
