package org.gtrturbo.cli;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;

/** Files read and written whole, with errors that name them. */
final class Texts {
  private Texts() {}

  static String read(Path file) {
    return new String(readBytes(file), java.nio.charset.StandardCharsets.UTF_8);
  }

  static byte[] readBytes(Path file) {
    try {
      return Files.readAllBytes(file);
    } catch (NoSuchFileException missing) {
      throw new UsageException("there is no file " + file);
    } catch (IOException failed) {
      throw new UncheckedIOException("cannot read " + file, failed);
    }
  }

  static void write(Path file, byte[] contents) {
    try {
      Files.write(file, contents);
    } catch (IOException failed) {
      throw new UncheckedIOException("cannot write " + file, failed);
    }
  }
}
