package org.gtrturbo.policy.device;

import java.lang.foreign.MemorySegment;

/** A tensor in a device's memory, which is freed when it is closed. */
public final class DeviceTensor implements AutoCloseable {
  private final MemorySegment value;
  private boolean closed;

  DeviceTensor(MemorySegment value) {
    this.value = value;
  }

  /** The {@code OrtValue}. */
  MemorySegment value() {
    if (closed) {
      throw new IllegalStateException("the tensor is closed; its memory is no longer its own");
    }
    return value;
  }

  @Override
  public void close() {
    if (!closed) {
      closed = true;
      OrtLibrary.shared().call(OrtFunction.RELEASE_VALUE, value);
    }
  }
}
