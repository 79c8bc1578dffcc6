package org.gtrturbo.policy.device;

/**
 * What a session computes with.
 *
 * @param threads how many threads compute one operator on the processor; on another device the few
 *     operators that stay behind
 */
public record Compute(Device device, int threads) {
  public Compute {
    if (threads < 1) {
      throw new IllegalArgumentException("threads must be at least 1, got " + threads);
    }
  }

  /** The processor, with {@code threads} for each operator. */
  public static Compute cpu(int threads) {
    return new Compute(Device.CPU, threads);
  }
}
