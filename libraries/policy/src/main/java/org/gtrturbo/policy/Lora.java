package org.gtrturbo.policy;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.stream.LongStream;

/**
 * Low-rank adapters of matrices that stay as they are (Hu et al., "LoRA", arXiv 2106.09685):
 *
 * <pre>
 * W + (α / rank) · A · B        W (in, out), A (in, rank), B (rank, out)
 * </pre>
 *
 * <p>A and B stand transposed to the paper's, because a policy multiplies rows, {@code x · W}. A
 * stack of matrices (k, in, out) has a pair of adapters for each.
 *
 * <p>In a manifest of tensors W stands under its name, its adapters beside it under {@link
 * #down(String)} and {@link #up(String)}, and α / rank under {@link #SCALE}: {@link #effective} is
 * the one place where they become weights.
 *
 * @param targets the tensors that get adapters, by names in which {@code *} stands for anything
 * @param trainedWhole tensors that are trained themselves, written likewise; all others stay
 */
public record Lora(List<String> targets, List<String> trainedWhole, int rank, double alpha) {
  /** Name of the tensor of one element that holds α / rank. */
  public static final String SCALE = "lora.scale";

  // The golden ratio's fraction: neighbouring names get seeds far apart.
  private static final long SPREAD = 0x9e3779b97f4a7c15L;
  private static final String DOWN = ".lora.a";
  private static final String UP = ".lora.b";
  private static final ValueLayout.OfFloat FLOAT =
      ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  public Lora {
    targets = List.copyOf(targets);
    trainedWhole = List.copyOf(trainedWhole);
    if (targets.isEmpty()) {
      throw new IllegalArgumentException("adapters need at least one pattern of tensors to adapt");
    }
    if (rank < 1 || !(alpha > 0)) {
      throw new IllegalArgumentException(
          "adapters need a rank of at least 1 and an alpha above 0, got " + rank + " and " + alpha);
    }
  }

  /** What a matrix's first adapter, A, is called. */
  public static String down(String matrix) {
    return matrix + DOWN;
  }

  /** What a matrix's second adapter, B, is called. */
  public static String up(String matrix) {
    return matrix + UP;
  }

  /** The matrix that a tensor is an adapter of, if it is one. */
  public static Optional<String> adapted(String tensor) {
    for (String ending : List.of(DOWN, UP)) {
      if (tensor.endsWith(ending)) {
        return Optional.of(tensor.substring(0, tensor.length() - ending.length()));
      }
    }
    return Optional.empty();
  }

  /** α / rank, what A · B is multiplied by. */
  public float scale() {
    return (float) (alpha / rank);
  }

  /** The adapters of one matrix. */
  public List<ParameterLayout.Parameter> adapters(ParameterLayout.Slot matrix) {
    long[] shape = matrix.shape();
    if (shape.length < 2) {
      throw new IllegalArgumentException(
          "only a matrix can have low-rank adapters, "
              + matrix.name()
              + " has the shape "
              + Arrays.toString(shape));
    }
    long[] down = shape.clone();
    down[shape.length - 1] = rank;
    long[] up = shape.clone();
    up[shape.length - 2] = rank;
    return List.of(
        new ParameterLayout.Parameter(down(matrix.name()), down),
        new ParameterLayout.Parameter(up(matrix.name()), up));
  }

  /**
   * Fills adapters that change nothing yet: A with Gaussian numbers of variance 1 / in, B with
   * zeros. What a tensor gets depends on the seed and its name alone.
   *
   * @param adapters a layout of adapters and of whatever else, which is left alone
   */
  public static void initialise(Parameters adapters, long seed) {
    for (ParameterLayout.Slot slot : adapters.layout().slots()) {
      if (slot.name().endsWith(DOWN)) {
        SplittableRandom random = new SplittableRandom(seed + slot.name().hashCode() * SPREAD);
        long[] shape = slot.shape();
        double deviation = 1 / Math.sqrt((double) shape[shape.length - 2]);
        for (long index = 0; index < slot.elements(); index++) {
          adapters.set(slot.offset() + index, (float) (deviation * random.nextGaussian()));
        }
      } else if (slot.name().endsWith(UP)) {
        adapters.slice(slot).fill((byte) 0);
      }
    }
  }

  /**
   * The weights that a policy computes with: its tensors as they are stored, with adapters added.
   *
   * @throws IllegalArgumentException if a tensor is missing or does not fit
   */
  public static Parameters effective(ParameterLayout policy, List<WeightTensor> stored) {
    Map<String, WeightTensor> byName = new HashMap<>();
    stored.forEach(tensor -> byName.put(tensor.name(), tensor));
    Parameters effective = Parameters.zeros(policy);
    for (ParameterLayout.Slot slot : policy.slots()) {
      MemorySegment values = effective.slice(slot);
      values.copyFrom(named(byName, slot.name()).values());
      if (byName.containsKey(down(slot.name()))) {
        addInPlace(
            values,
            slot,
            named(byName, down(slot.name())),
            named(byName, up(slot.name())),
            named(byName, SCALE).values().get(FLOAT, 0));
      }
    }
    return effective;
  }

  private static WeightTensor named(Map<String, WeightTensor> tensors, String name) {
    return Optional.ofNullable(tensors.get(name))
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    "the manifest has no tensor " + name + " that its policy needs"));
  }

  private static void addInPlace(
      MemorySegment weights,
      ParameterLayout.Slot slot,
      WeightTensor down,
      WeightTensor up,
      float scale) {
    new Adapter(slot, down, up, scale).addInPlace(weights, 0);
  }

  /**
   * The adapters of one matrix, or of one stack of matrices.
   *
   * @param scale α / rank
   */
  public record Adapter(
      ParameterLayout.Slot slot, WeightTensor down, WeightTensor up, float scale) {
    public Adapter {
      long[] shape = slot.shape();
      int rank = rank(down);
      long matrices = slot.elements() / (shape[shape.length - 2] * shape[shape.length - 1]);
      List<Long> wanted =
          List.of(
              matrices * shape[shape.length - 2] * rank, matrices * rank * shape[shape.length - 1]);
      List<Long> found =
          List.of(down.values().byteSize() / Float.BYTES, up.values().byteSize() / Float.BYTES);
      if (!wanted.equals(found)) {
        throw new IllegalArgumentException(
            "the adapters of " + slot.name() + " hold " + found + " floats, not " + wanted);
      }
    }

    private static int rank(WeightTensor down) {
      return Math.toIntExact(down.shape()[down.shape().length - 1]);
    }

    /**
     * Adds what the adapters change to a run of the matrix's elements. How a matrix is cut into
     * runs changes no bit.
     *
     * @param run the elements from {@code first} on
     */
    public void addInPlace(MemorySegment run, long first) {
      long out = slot.shape()[slot.shape().length - 1];
      long end = first + run.byteSize() / Float.BYTES;
      // Every row is one thread's, so the result does not depend on how many there are.
      LongStream.rangeClosed(first / out, (end - 1) / out)
          .parallel()
          .forEach(
              row -> {
                long from = Math.max(first, row * out);
                long to = Math.min(end, (row + 1) * out);
                addRow(run, from - first, row, from - row * out, (int) (to - from));
              });
    }

    private void addRow(MemorySegment run, long at, long row, long column, int count) {
      long[] shape = slot.shape();
      long in = shape[shape.length - 2];
      long out = shape[shape.length - 1];
      int rank = rank(down);
      float[] sum = new float[count];
      float[] line = new float[count];
      long first = row / in * rank;
      for (int inner = 0; inner < rank; inner++) {
        float factor = scale * down.values().getAtIndex(FLOAT, row * rank + inner);
        copy(up.values(), (first + inner) * out + column, line);
        for (int place = 0; place < count; place++) {
          sum[place] += factor * line[place];
        }
      }
      copy(run, at, line);
      for (int place = 0; place < count; place++) {
        line[place] += sum[place];
      }
      MemorySegment.copy(line, 0, run, FLOAT, at * Float.BYTES, count);
    }
  }

  private static void copy(MemorySegment from, long element, float[] into) {
    MemorySegment.copy(from, FLOAT, element * Float.BYTES, into, 0, into.length);
  }
}
