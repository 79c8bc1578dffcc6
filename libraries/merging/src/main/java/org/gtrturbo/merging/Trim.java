package org.gtrturbo.merging;

import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * Keeps the largest differences from the base: {@code k = max(1, ⌊elements · density⌋)} of them,
 * and whatever else is as large as the k-th.
 *
 * @param density share that is kept, in (0, 1]
 * @param scope over what they are compared
 */
public record Trim(double density, Scope scope) {
  public Trim {
    if (!(density > 0 && density <= 1)) {
      throw new IllegalArgumentException(
          "density must be above 0 and at most 1, got " + density + "; it is the share kept");
    }
  }

  /**
   * The smallest magnitude that is kept of each tensor.
   *
   * @param vector which of a tensor's vectors is compared with its base
   */
  Map<String, Float> thresholds(
      List<MeasuredTensor> tensors, Function<MeasuredTensor, WeightVector> vector) {
    if (tensors.isEmpty()) {
      return Map.of();
    }
    if (scope == Scope.VECTOR) {
      float threshold =
          threshold(tensors.stream().map(tensor -> differences(tensor, vector)).toList());
      return tensors.stream().collect(Collectors.toMap(MeasuredTensor::name, tensor -> threshold));
    }
    return tensors.stream()
        .collect(
            Collectors.toMap(
                MeasuredTensor::name, tensor -> threshold(List.of(differences(tensor, vector)))));
  }

  private static MagnitudeSelection.Differences differences(
      MeasuredTensor tensor, Function<MeasuredTensor, WeightVector> vector) {
    return new MagnitudeSelection.Differences(vector.apply(tensor), tensor.base());
  }

  private float threshold(List<MagnitudeSelection.Differences> vectors) {
    long elements = vectors.stream().mapToLong(vector -> vector.newest().elements()).sum();
    // A tensor without elements has no difference to compare.
    return elements == 0
        ? 0
        : MagnitudeSelection.largest(vectors, MagnitudeSelection.kept(elements, density));
  }

  /** Sets every difference to zero whose magnitude is below the threshold. */
  static void applyInPlace(float threshold, float[] differences, int count) {
    // Written without a branch: which elements stay is not predictable.
    float below = Math.nextDown(threshold);
    for (int index = 0; index < count; index++) {
      float difference = differences[index];
      differences[index] = difference * Math.max(Math.signum(Math.abs(difference) - below), 0f);
    }
  }
}
