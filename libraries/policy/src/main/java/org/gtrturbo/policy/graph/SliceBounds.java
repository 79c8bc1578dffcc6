package org.gtrturbo.policy.graph;

/**
 * Bounds of a slice along an axis of known length, cut to that length and counted from the front.
 *
 * @param from first element
 * @param step may be negative
 * @param count how many elements
 */
public record SliceBounds(long from, long step, long count) {

  /** ONNX Slice: negative bounds count from the end, and bounds beyond an end are cut. */
  public static SliceBounds of(long from, long to, long step, long length) {
    if (step == 0) {
      throw new IllegalArgumentException("a slice's step may not be 0");
    }
    if (length == 0) {
      return new SliceBounds(0, step, 0);
    }
    long first = from < 0 ? from + length : from;
    long end = to < 0 ? to + length : to;
    if (step > 0) {
      first = Math.clamp(first, 0, length);
      end = Math.clamp(end, 0, length);
      return new SliceBounds(first, step, Math.max(0, Math.ceilDiv(end - first, step)));
    }
    first = Math.clamp(first, 0, length - 1);
    end = Math.clamp(end, -1, length - 1);
    return new SliceBounds(first, step, Math.max(0, Math.ceilDiv(first - end, -step)));
  }

  /** The place behind the last element. */
  public long to() {
    return count == 0 ? from : from + (count - 1) * step + 1;
  }
}
