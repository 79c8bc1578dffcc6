package org.gtrturbo.policy.device;

import java.util.List;

/**
 * What a session computes with.
 *
 * @param threads how many threads compute one operator on the processor; on another device the few
 *     operators that stay behind
 * @param unrewritten names of rewritings of graphs that ONNX Runtime is to leave be
 * @param plansMemory whether the processor's memory of a run is planned as one block: less work for
 *     each operator, and a block beside what is in use otherwise
 */
public record Compute(Device device, int threads, List<String> unrewritten, boolean plansMemory) {
  public Compute {
    unrewritten = List.copyOf(unrewritten);
    if (threads < 1) {
      throw new IllegalArgumentException("threads must be at least 1, got " + threads);
    }
  }

  /** With all that ONNX Runtime does to graphs. */
  public Compute(Device device, int threads) {
    this(device, threads, List.of(), false);
  }

  /** The same, but that ONNX Runtime leaves the rewritings named be. */
  public Compute leaving(List<String> rewritings) {
    return new Compute(device, threads, rewritings, plansMemory);
  }

  /** The same, with so many threads for each operator. */
  public Compute withThreads(int threads) {
    return new Compute(device, threads, unrewritten, plansMemory);
  }

  /**
   * The same, for a small model of fixed shapes: its memory planned, and on its callers' threads
   * alone, as to wake another one takes longer than its operators do.
   */
  public Compute ofSmallModel() {
    return new Compute(device, 1, unrewritten, true);
  }

  /** The processor, with {@code threads} for each operator. */
  public static Compute cpu(int threads) {
    return new Compute(Device.CPU, threads);
  }
}
