package org.gtrturbo.policy.files;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.channels.FileChannel;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** Files as memory. */
final class MappedFile {
  private MappedFile() {}

  /** For what is mapped until its owner is closed, who closes it. */
  @SuppressWarnings("MustBeClosedChecker") // The owner is another object than the caller.
  static Arena arenaOfOwner() {
    return Arena.ofShared();
  }

  /** To be read, until the arena is closed. */
  static MemorySegment toRead(Path file, Arena arena) {
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
      return channel.map(FileChannel.MapMode.READ_ONLY, 0, channel.size(), arena);
    } catch (NoSuchFileException missing) {
      throw new UnreadableTensorsException("there is no file " + file, missing);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read " + file + ": " + e, e);
    }
  }

  /** To be written over, until the arena is closed. */
  static MemorySegment toWrite(Path file, Arena arena) throws IOException {
    try (FileChannel channel =
        FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
      return channel.map(FileChannel.MapMode.READ_WRITE, 0, channel.size(), arena);
    }
  }
}
