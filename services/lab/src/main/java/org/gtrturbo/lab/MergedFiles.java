package org.gtrturbo.lab;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;
import org.gtrturbo.merging.Fold;
import org.gtrturbo.merging.MeasuredTensor;
import org.gtrturbo.merging.WeightVector;
import org.gtrturbo.policy.Lora;
import org.gtrturbo.policy.files.StoredTensor;
import org.gtrturbo.policy.files.TensorFile;

/**
 * Files that are merged: of the same weights, by name and shape. Other tensors, whole numbers and
 * constants among them, are not merged; what comes out has those of the last file.
 */
public final class MergedFiles {
  private static final int NAMED = 5;

  private final TensorFile base;
  private final List<TensorFile> checkpoints;
  private final List<StoredTensor> weights;
  private final Map<TensorFile, Map<String, StoredTensor>> byName = new HashMap<>();

  /**
   * @param base where nothing is merged yet; one of the checkpoints where it has no share
   * @param checkpoints in the order of merging, at least one; closed by the caller, as the base is
   * @param isMerged by name, which of their weights are merged
   * @throws IllegalArgumentException if they do not have the same weights, or have adapters
   */
  public MergedFiles(TensorFile base, List<TensorFile> checkpoints, Predicate<String> isMerged) {
    this.base = base;
    this.checkpoints = List.copyOf(checkpoints);
    this.weights =
        newest().weights().stream().filter(tensor -> isMerged.test(tensor.name())).toList();
    if (weights.isEmpty()) {
      throw new IllegalArgumentException(newest().path() + " has no weights to merge");
    }
    weights.forEach(this::refuseAdapter);
    index(base, isMerged);
    checkpoints.forEach(file -> index(file, isMerged));
  }

  private void refuseAdapter(StoredTensor tensor) {
    String name = tensor.name();
    if (name.contains("lora_A")
        || name.contains("lora_B")
        || name.equals(Lora.SCALE)
        || Lora.adapted(name).isPresent()) {
      throw new IllegalArgumentException(
          newest().path()
              + " holds a low-rank adapter, "
              + name
              + ": merging its factors is not merging what they add up to; add adapters to their"
              + " matrices first, as gtr export does");
    }
  }

  private void index(TensorFile file, Predicate<String> isMerged) {
    Map<String, StoredTensor> tensors = new HashMap<>();
    file.weights().stream()
        .filter(tensor -> isMerged.test(tensor.name()))
        .forEach(tensor -> tensors.put(tensor.name(), tensor));
    List<String> wrong = new ArrayList<>();
    Map<String, StoredTensor> others = new HashMap<>(tensors);
    for (StoredTensor weight : weights) {
      StoredTensor found = others.remove(weight.name());
      if (found == null) {
        wrong.add("it lacks " + weight);
      } else if (!Arrays.equals(found.shape(), weight.shape())) {
        wrong.add("its " + found + " is not " + weight);
      }
    }
    others.values().forEach(other -> wrong.add("only it has " + other));
    if (!wrong.isEmpty()) {
      throw new IllegalArgumentException(
          file.path()
              + " does not have the weights of "
              + newest().path()
              + ": "
              + String.join("; ", wrong.stream().sorted().limit(NAMED).toList())
              + (wrong.size() > NAMED ? " and " + (wrong.size() - NAMED) + " more" : ""));
    }
    byName.put(file, tensors);
  }

  TensorFile newest() {
    return checkpoints.getLast();
  }

  TensorFile base() {
    return base;
  }

  List<TensorFile> checkpoints() {
    return checkpoints;
  }

  /** The file of a version: 0 is the base, others count from 1. */
  TensorFile version(long version) {
    return version == 0 ? base : checkpoints.get((int) version - 1);
  }

  /** What is merged, in the last file's order. */
  List<StoredTensor> weights() {
    return weights;
  }

  /** How many weights there are, over all tensors. */
  public long elements() {
    return weights.stream().mapToLong(StoredTensor::elements).sum();
  }

  StoredVector vector(long version, String weight) {
    TensorFile file = version(version);
    StoredTensor stored = Optional.ofNullable(byName.get(file)).orElseThrow().get(weight);
    return new StoredVector(file.path(), Optional.ofNullable(stored).orElseThrow());
  }

  /**
   * What a survey looks at.
   *
   * @param teacher the one before, where the survey reads it
   */
  List<MeasuredTensor> measured(Fold fold, Optional<KeptTeacher> teacher) {
    return weights.stream()
        .map(
            weight ->
                new MeasuredTensor(
                    weight.name(),
                    vector(0, weight.name()),
                    teacher
                        .map(kept -> WeightVector.of(kept.teacher(weight.name())))
                        .orElse(StoredVector.NONE),
                    vector(fold.version(), weight.name())))
        .toList();
  }
}
