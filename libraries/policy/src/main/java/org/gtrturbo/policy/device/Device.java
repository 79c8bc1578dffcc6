package org.gtrturbo.policy.device;

import java.util.OptionalLong;

/** Where the operators of a model run. */
public sealed interface Device {
  Device CPU = new Cpu();

  /** The processor, with its own memory. */
  record Cpu() implements Device {
    @Override
    public String toString() {
      return "cpu";
    }
  }

  /**
   * An NVIDIA GPU.
   *
   * @param index which one, from 0, as the driver counts
   * @param memoryLimitBytes the most that the arena of one session takes; empty: what the card has
   * @param tf32 whether products of float32 matrices may round their factors to 10 bits of mantissa
   */
  record Cuda(int index, OptionalLong memoryLimitBytes, boolean tf32) implements Device {
    public Cuda {
      if (index < 0) {
        throw new IllegalArgumentException("a GPU's index must be at least 0, got " + index);
      }
      if (memoryLimitBytes.isPresent() && memoryLimitBytes.getAsLong() < 1) {
        throw new IllegalArgumentException(
            "a memory limit must be at least 1 byte, got " + memoryLimitBytes.getAsLong());
      }
    }

    /** GPU {@code index} with all of its memory, exact in float32. */
    public static Cuda number(int index) {
      return new Cuda(index, OptionalLong.empty(), false);
    }

    @Override
    public String toString() {
      return "cuda:" + index;
    }
  }
}
