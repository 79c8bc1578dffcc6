package org.gtrturbo.benchmarks;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.SplittableRandom;

/**
 * Checkpoints that are to be merged: files of little-endian float32, the base and {@code
 * checkpoint-1} to {@code checkpoint-N}, each the tensors one behind the other.
 *
 * @param tensors all of the same length
 * @param elements of each tensor
 */
record MergeCase(Path folder, int tensors, int elements, int checkpoints) {
  private static final double STEP = 0.01;
  private static final int BLOCK = 1 << 16;

  /** A case of so many parameters, with its files written. */
  static MergeCase write(Path folder, int parameters, int tensors, int checkpoints) {
    var written = new MergeCase(folder, tensors, parameters / tensors, checkpoints);
    for (int number = 0; number <= checkpoints; number++) {
      written.write(number);
    }
    return written;
  }

  /** As {@link #arguments} says it. */
  static MergeCase of(List<String> arguments) {
    return new MergeCase(
        Path.of(arguments.get(0)),
        Integer.parseInt(arguments.get(1)),
        Integer.parseInt(arguments.get(2)),
        Integer.parseInt(arguments.get(3)));
  }

  List<String> arguments() {
    return List.of(
        folder.toString(),
        Integer.toString(tensors),
        Integer.toString(elements),
        Integer.toString(checkpoints));
  }

  long parameters() {
    return (long) tensors * elements;
  }

  /** The base is number 0. */
  Path file(int number) {
    return folder.resolve(number == 0 ? "base.f32" : "checkpoint-" + number + ".f32");
  }

  /** Weights of 1 and of steps away from them that are a hundredth as large. */
  private void write(int number) {
    var base = new SplittableRandom(0);
    var step = new SplittableRandom(number);
    ByteBuffer block = ByteBuffer.allocate(BLOCK * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    try (var file =
        FileChannel.open(file(number), StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
      for (long element = 0; element < parameters(); element++) {
        double moved = number == 0 ? 0 : STEP * near(step);
        block.putFloat((float) (near(base) + moved));
        if (!block.hasRemaining() || element == parameters() - 1) {
          block.flip();
          while (block.hasRemaining()) {
            file.write(block);
          }
          block.clear();
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException("cannot write " + file(number), e);
    }
  }

  /** The sum of four even draws: bell-shaped enough, and drawn fast. */
  private static double near(SplittableRandom random) {
    return random.nextDouble()
        + random.nextDouble()
        + random.nextDouble()
        + random.nextDouble()
        - 2;
  }
}
