package org.gtrturbo.environments;

import java.util.Arrays;
import java.util.List;

/** A grey picture that is copied into others, or what others are copied into. */
final class Sprite {

  private final int width;
  private final byte[] pixels;

  Sprite(int width, int height, int grey) {
    this.width = width;
    this.pixels = new byte[width * height];
    Arrays.fill(pixels, (byte) grey);
  }

  /** Row-major, not a copy. */
  byte[] pixels() {
    return pixels;
  }

  /** Sets the pixels under each {@code #} of the rows to a grey. */
  void inkInPlace(int left, int top, List<String> rows, int grey) {
    for (int y = 0; y < rows.size(); y++) {
      var row = rows.get(y);
      for (int x = 0; x < row.length(); x++) {
        if (row.charAt(x) == '#') {
          pixels[(top + y) * width + left + x] = (byte) grey;
        }
      }
    }
  }

  void copyInPlace(int left, int top, Sprite other) {
    int height = other.pixels.length / other.width;
    for (int y = 0; y < height; y++) {
      System.arraycopy(
          other.pixels, y * other.width, pixels, (top + y) * width + left, other.width);
    }
  }
}
