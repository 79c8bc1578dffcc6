package org.gtrturbo.policy.files;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * A copy of a file of tensors whose weights are written over. It has its name only when it is
 * finished; closed before, it leaves nothing behind.
 */
public final class WritableCopy implements AutoCloseable {
  private final List<Part> parts;
  private final Map<String, MemorySegment> weights;
  private final Arena arena;

  /**
   * A file of the copy.
   *
   * @param unfinished where it is until it is finished
   */
  record Part(Path unfinished, Path target) {
    static Part of(Path target) {
      return new Part(target.resolveSibling(target.getFileName() + ".unfinished"), target);
    }
  }

  /**
   * @param parts in the order in which they get their names
   * @param weights by name, mapped in {@code arena}
   * @param arena closed with this
   */
  WritableCopy(List<Part> parts, Map<String, MemorySegment> weights, Arena arena) {
    this.parts = List.copyOf(parts);
    this.weights = Map.copyOf(weights);
    this.arena = arena;
  }

  /**
   * Where a weight's bytes go; they are there as they were.
   *
   * @throws IllegalArgumentException if the file has no such weight
   */
  public MemorySegment weight(String name) {
    MemorySegment weight = weights.get(name);
    if (weight == null) {
      throw new IllegalArgumentException("the copied file has no weight " + name);
    }
    return weight;
  }

  /** Puts what was written on the disk and gives the files their names. */
  public void finish() {
    arena.close();
    try {
      for (Part part : parts) {
        try (FileChannel written = FileChannel.open(part.unfinished(), StandardOpenOption.WRITE)) {
          written.force(true);
        }
      }
      for (Part part : parts) {
        Files.move(part.unfinished(), part.target(), StandardCopyOption.REPLACE_EXISTING);
      }
    } catch (IOException e) {
      throw new UncheckedIOException("cannot finish " + parts.getLast().target() + ": " + e, e);
    }
  }

  @Override
  public void close() {
    if (arena.scope().isAlive()) {
      arena.close();
    }
    List<IOException> failures = new ArrayList<>();
    for (Part part : parts) {
      try {
        Files.deleteIfExists(part.unfinished());
      } catch (IOException e) {
        failures.add(e);
      }
    }
    if (!failures.isEmpty()) {
      throw new UncheckedIOException(
          "cannot delete what is left of " + parts.getLast().unfinished(), failures.getFirst());
    }
  }
}
