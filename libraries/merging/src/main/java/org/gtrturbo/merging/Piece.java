package org.gtrturbo.merging;

import java.lang.foreign.MemorySegment;
import java.util.List;

/**
 * A run of neighbouring elements of one tensor, with all that folding it reads and writes.
 *
 * <p>Every vector is little-endian float32, each sum is of its own precision, and all have one
 * number of elements. What a rule does not need ({@link MergeRule#needs}) is {@link #UNUSED}. What
 * is written may be what is read, at the same place.
 *
 * @param tensor its name
 * @param first index within the tensor of the first element
 */
public record Piece(String tensor, long first, Read read, Written written) {
  /** In the place of a vector that the rule does not look at. */
  public static final MemorySegment UNUSED = MemorySegment.NULL;

  /**
   * @param teacher the one before
   * @param earlier checkpoints folded before, the newest of them first
   * @param sums as {@link MergeRule#sums} lists them
   */
  public record Read(
      MemorySegment base,
      MemorySegment teacher,
      MemorySegment newest,
      List<MemorySegment> earlier,
      List<MemorySegment> sums) {
    public Read {
      earlier = List.copyOf(earlier);
      sums = List.copyOf(sums);
    }
  }

  /**
   * @param teacher the one that comes out; {@link #UNUSED} where it is not wanted yet, which a rule
   *     allows that does not need the teacher before
   * @param sums as {@link MergeRule#sums} lists them
   */
  public record Written(MemorySegment teacher, List<MemorySegment> sums) {
    public Written {
      sums = List.copyOf(sums);
    }
  }

  /** How many elements there are. */
  public long elements() {
    return read.newest().byteSize() / Float.BYTES;
  }

  boolean isTeacherWanted() {
    return !written.teacher().equals(UNUSED);
  }

  /**
   * Holds the vectors against what the rule needs.
   *
   * @throws IllegalArgumentException if one is missing or of another length
   */
  void check(MergeRule rule) {
    long bytes = read.newest().byteSize();
    if (bytes % Float.BYTES != 0) {
      throw new IllegalArgumentException(
          "a piece of " + tensor + " must be whole floats, got " + bytes + " bytes");
    }
    if (isTeacherWanted() || rule.needs().teacher()) {
      length("teacher", written.teacher(), bytes);
    }
    if (rule.needs().base()) {
      length("base", read.base(), bytes);
    }
    if (rule.needs().teacher()) {
      length("teacher before", read.teacher(), bytes);
    }
    if (read.earlier().size() > rule.needs().earlier()) {
      throw new IllegalArgumentException(
          "a piece of "
              + tensor
              + " needs at most "
              + rule.needs().earlier()
              + " earlier checkpoints, got "
              + read.earlier().size());
    }
    read.earlier().forEach(vector -> length("earlier checkpoint", vector, bytes));
    sums(rule.sums(), read.sums());
    sums(rule.sums(), written.sums());
  }

  private void sums(List<Sum> wanted, List<MemorySegment> found) {
    if (wanted.size() != found.size()) {
      throw new IllegalArgumentException(
          "a piece of " + tensor + " needs the sums " + wanted + ", got " + found.size());
    }
    for (int sum = 0; sum < wanted.size(); sum++) {
      length(
          wanted.get(sum).name(), found.get(sum), elements() * wanted.get(sum).precision().bytes());
    }
  }

  private void length(String what, MemorySegment vector, long bytes) {
    if (vector.byteSize() != bytes) {
      throw new IllegalArgumentException(
          "a piece of "
              + tensor
              + " at element "
              + first
              + " must have "
              + bytes
              + " bytes of its "
              + what
              + ", got "
              + vector.byteSize());
    }
  }
}
