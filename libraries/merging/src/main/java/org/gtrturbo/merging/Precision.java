package org.gtrturbo.merging;

/** Of a running sum's elements, little-endian. */
public enum Precision {
  FLOAT32(Float.BYTES),
  FLOAT64(Double.BYTES);

  private final int bytes;

  Precision(int bytes) {
    this.bytes = bytes;
  }

  /** Of one element. */
  public int bytes() {
    return bytes;
  }
}
