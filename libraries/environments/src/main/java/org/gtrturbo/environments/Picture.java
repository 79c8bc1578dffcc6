package org.gtrturbo.environments;

/**
 * A picture of unsigned bytes. Two pictures are equal only if they share their pixels; compare
 * contents where that is meant.
 *
 * @param channels 1 for grey, 3 for red, green, blue
 * @param pixels uint8, shape {@code (height, width, channels)}, row-major; owned by this picture,
 *     never written after construction
 */
public record Picture(int width, int height, int channels, byte[] pixels) {

  public Picture {
    if (pixels.length != width * height * channels) {
      throw new IllegalArgumentException(
          "a picture of %d x %d pixels and %d channels has %d bytes, got %d"
              .formatted(width, height, channels, width * height * channels, pixels.length));
    }
  }
}
