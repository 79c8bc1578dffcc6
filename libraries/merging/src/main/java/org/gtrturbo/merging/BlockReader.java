package org.gtrturbo.merging;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/** Reads part of a vector block by block, in order, and asks it for several blocks at a time. */
final class BlockReader {
  private static final int AHEAD = 64 * Blocks.LENGTH;

  private final WeightVector vector;
  private final long end;
  private final Arena arena;
  private MemorySegment room = Piece.UNUSED;
  private MemorySegment held = Piece.UNUSED;
  private long heldFirst;

  /**
   * Up to an element.
   *
   * @param end index one behind the last that will be read
   * @param arena of the room that is read into: native, so that a file's part is not copied twice
   */
  BlockReader(WeightVector vector, long end, Arena arena) {
    this.vector = vector;
    this.end = end;
    this.arena = arena;
  }

  /** The block of {@code count} elements at {@code first}, behind the one that was read before. */
  void read(long first, float[] into, int count) {
    if (first + count > heldFirst + Blocks.elements(held)) {
      int ahead = (int) Math.min(AHEAD, end - first);
      if (room.byteSize() == 0) {
        room = arena.allocate((long) ahead * Float.BYTES, Float.BYTES);
      }
      held = vector.read(first, ahead, room.asSlice(0, (long) ahead * Float.BYTES));
      heldFirst = first;
    }
    Blocks.read(held, first - heldFirst, into, count);
  }
}
