package org.gtrturbo.policy.files;

import java.io.IOException;
import java.nio.channels.FileChannel;

/** Copying parts of files. */
final class FileRange {
  private FileRange() {}

  /** Appends a range of one file to another. */
  static void copy(FileChannel in, long first, long bytes, FileChannel out) throws IOException {
    long copied = 0;
    while (copied < bytes) {
      long count = in.transferTo(first + copied, bytes - copied, out);
      if (count <= 0) {
        throw new IOException("the file ends before byte " + (first + bytes));
      }
      copied += count;
    }
  }
}
