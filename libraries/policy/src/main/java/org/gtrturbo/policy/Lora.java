package org.gtrturbo.policy;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.stream.IntStream;

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
    long[] shape = slot.shape();
    int in = Math.toIntExact(shape[shape.length - 2]);
    int out = Math.toIntExact(shape[shape.length - 1]);
    int rank = Math.toIntExact(down.shape()[down.shape().length - 1]);
    int matrices = Math.toIntExact(slot.elements() / ((long) in * out));
    List<Long> wanted = new ArrayList<>(List.of((long) matrices * in * rank));
    wanted.add((long) matrices * rank * out);
    List<Long> found =
        List.of(down.values().byteSize() / Float.BYTES, up.values().byteSize() / Float.BYTES);
    if (!wanted.equals(found)) {
      throw new IllegalArgumentException(
          "the adapters of " + slot.name() + " hold " + found + " floats, not " + wanted);
    }
    // Every row is one thread's, so the result does not depend on how many there are.
    IntStream.range(0, matrices * in)
        .parallel()
        .forEach(
            row -> {
              float[] sum = new float[out];
              float[] line = new float[out];
              long first = (long) (row / in) * rank;
              for (int inner = 0; inner < rank; inner++) {
                float factor = scale * down.values().getAtIndex(FLOAT, (long) row * rank + inner);
                copy(up.values(), (first + inner) * out, line);
                for (int column = 0; column < out; column++) {
                  sum[column] += factor * line[column];
                }
              }
              copy(weights, (long) row * out, line);
              for (int column = 0; column < out; column++) {
                line[column] += sum[column];
              }
              MemorySegment.copy(line, 0, weights, FLOAT, (long) row * out * Float.BYTES, out);
            });
  }

  private static void copy(MemorySegment from, long element, float[] into) {
    MemorySegment.copy(from, FLOAT, element * Float.BYTES, into, 0, into.length);
  }
}
