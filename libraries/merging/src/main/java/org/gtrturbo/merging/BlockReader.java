package org.gtrturbo.merging;

import java.lang.foreign.MemorySegment;

/** Reads part of a vector block by block, in order, and asks it for several blocks at a time. */
final class BlockReader {
  private static final int AHEAD = 64 * Blocks.LENGTH;

  private final WeightVector vector;
  private final long end;
  private final MemorySegment room = Blocks.room(AHEAD);
  private MemorySegment held = Piece.UNUSED;
  private long heldFirst;

  /**
   * Up to an element.
   *
   * @param end index one behind the last that will be read
   */
  BlockReader(WeightVector vector, long end) {
    this.vector = vector;
    this.end = end;
  }

  /** The block of {@code count} elements at {@code first}, behind the one that was read before. */
  void read(long first, float[] into, int count) {
    if (first + count > heldFirst + Blocks.elements(held)) {
      int ahead = (int) Math.min(AHEAD, end - first);
      held = vector.read(first, ahead, room.asSlice(0, (long) ahead * Float.BYTES));
      heldFirst = first;
    }
    Blocks.read(held, first - heldFirst, into, count);
  }
}
