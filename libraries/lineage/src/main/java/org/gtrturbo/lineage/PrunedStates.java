package org.gtrturbo.lineage;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.nio.file.StandardOpenOption.CREATE_NEW;
import static java.nio.file.StandardOpenOption.READ;
import static java.nio.file.StandardOpenOption.WRITE;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.UUID;

/**
 * Which versions of a run have lost what their optimizer kept: all from 1 to the last one pruned.
 * It stands in a file beside the blobs, which is on the disk before the first of them goes.
 *
 * @param through the last version pruned; 0 where none is
 */
public record PrunedStates(long through) {
  /** Within the folder of blobs. */
  public static final String FILE_NAME = "pruned-through";

  public PrunedStates {
    if (through < 0) {
      throw new IllegalArgumentException("no version is called " + through);
    }
  }

  /**
   * Of a run.
   *
   * @param blobs its folder of blobs
   * @throws IllegalArgumentException if the file holds anything but a version
   */
  public static PrunedStates in(Path blobs) {
    Path file = blobs.resolve(FILE_NAME);
    try {
      return new PrunedStates(Long.parseLong(Files.readString(file).strip()));
    } catch (NoSuchFileException e) {
      return new PrunedStates(0);
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(
          file
              + " should hold the last version whose optimizer state gtr prune has removed; write"
              + " it there, or delete the file if nothing was ever pruned",
          e);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read " + file + ": " + e, e);
    }
  }

  /** Writes it down; when this returns it survives a power cut. */
  void writeTo(Path blobs) {
    Path file = blobs.resolve(FILE_NAME);
    Path unfinished = blobs.resolve("unfinished-" + UUID.randomUUID());
    try {
      try (FileChannel out = FileChannel.open(unfinished, CREATE_NEW, WRITE)) {
        out.write(ByteBuffer.wrap((through + "\n").getBytes(UTF_8)));
        out.force(true);
      }
      Files.move(unfinished, file, StandardCopyOption.ATOMIC_MOVE);
      try (FileChannel entries = FileChannel.open(blobs, READ)) {
        entries.force(true);
      }
    } catch (IOException e) {
      throw new UncheckedIOException("cannot write " + file + ": " + e, e);
    }
  }

  public boolean contains(long version) {
    return version >= 1 && version <= through;
  }
}
