package org.gtrturbo.merging;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Which tensors of a model are merged, by name, and what becomes of the others. Nothing that is not
 * a number of many values is ever averaged: a step counter or an index has no middle.
 *
 * @param fromNewest tensors that are taken from the newest checkpoint as they are, by names in
 *     which {@code *} stands for anything
 * @param fromBase tensors that stay as they are in the base, written likewise
 * @param integers where tensors of whole numbers or truth values are taken from
 * @param tied names of tensors that share their values with another, and that other's name
 */
public record TensorPolicy(
    List<String> fromNewest, List<String> fromBase, Origin integers, Map<String, String> tied) {
  /** All floating-point tensors are merged, others are the newest's, and none is tied. */
  public static final TensorPolicy ALL =
      new TensorPolicy(List.of(), List.of(), Origin.NEWEST, Map.of());

  /** Where a tensor that is not merged comes from. */
  public enum Origin {
    NEWEST,
    BASE
  }

  /** What becomes of one tensor. */
  public sealed interface Treatment {
    /** It is merged by the rule. */
    record Merged() implements Treatment {}

    /** It is taken as it is. */
    record Copied(Origin from) implements Treatment {}

    /**
     * It is whatever the other comes out as, and is neither measured nor merged a second time.
     *
     * @param tensor the other's name
     */
    record SameAs(String tensor) implements Treatment {}
  }

  public TensorPolicy {
    fromNewest = List.copyOf(fromNewest);
    fromBase = List.copyOf(fromBase);
    tied = Map.copyOf(tied);
    tied.forEach(TensorPolicy::requireOther);
    for (String tensor : tied.values()) {
      if (tied.containsKey(tensor)) {
        throw new IllegalArgumentException(
            "tensor " + tensor + " holds values for others and is tied itself; tie all to one");
      }
    }
  }

  private static void requireOther(String tensor, String other) {
    if (tensor.equals(other)) {
      throw new IllegalArgumentException("tensor " + tensor + " is tied to itself");
    }
  }

  /**
   * What becomes of a tensor.
   *
   * @param floating whether it holds floating-point numbers
   * @throws IllegalArgumentException if it is to come from both sides
   */
  public Treatment treatment(String tensor, boolean floating) {
    Optional<String> other = Optional.ofNullable(tied.get(tensor));
    if (other.isPresent()) {
      return new Treatment.SameAs(other.get());
    }
    boolean newest = matches(fromNewest, tensor);
    boolean base = matches(fromBase, tensor);
    if (newest && base) {
      throw new IllegalArgumentException(
          "tensor " + tensor + " is to be taken both from the newest and from the base");
    }
    if (newest || base) {
      return new Treatment.Copied(newest ? Origin.NEWEST : Origin.BASE);
    }
    return floating ? new Treatment.Merged() : new Treatment.Copied(integers);
  }

  /**
   * Treatments of all tensors of a model, in no order.
   *
   * @param tensors names, and whether each holds floating-point numbers
   * @throws IllegalArgumentException if a pattern or a tie names no tensor at all
   */
  public Map<String, Treatment> treatments(Map<String, Boolean> tensors) {
    Stream.concat(fromNewest.stream(), fromBase.stream())
        .filter(pattern -> tensors.keySet().stream().noneMatch(name -> matches(pattern, name)))
        .findFirst()
        .ifPresent(TensorPolicy::refuseUnknown);
    Stream.concat(tied.keySet().stream(), tied.values().stream())
        .filter(name -> !tensors.containsKey(name))
        .findFirst()
        .ifPresent(TensorPolicy::refuseUnknown);
    var treatments = new HashMap<String, Treatment>();
    tensors.forEach((name, floating) -> treatments.put(name, treatment(name, floating)));
    return Map.copyOf(treatments);
  }

  private static void refuseUnknown(String name) {
    throw new IllegalArgumentException("the model has no tensor " + name);
  }

  private static boolean matches(List<String> patterns, String tensor) {
    return patterns.stream().anyMatch(pattern -> matches(pattern, tensor));
  }

  private static boolean matches(String pattern, String tensor) {
    String expression =
        Stream.of(pattern.split("\\*", -1)).map(Pattern::quote).collect(Collectors.joining(".*"));
    return tensor.matches(expression);
  }
}
