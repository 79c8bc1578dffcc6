package org.gtrturbo.policy.training;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.gtrturbo.policy.Lora;
import org.gtrturbo.policy.ParameterLayout;
import org.gtrturbo.policy.ParameterLayout.Parameter;
import org.gtrturbo.policy.ParameterLayout.Slot;
import org.gtrturbo.policy.Parameters;

/**
 * Which tensors of a policy are trained, and how.
 *
 * @param policy all tensors that the policy computes with
 * @param groups what is trained: tensors of the policy, or adapters of them
 * @param fixed what keeps its values, frozen adapters included: no gradient is computed for it
 */
public record TrainingPlan(
    ParameterLayout policy,
    Optimizer optimizer,
    List<ParameterGroup> groups,
    ParameterLayout fixed,
    Optional<Lora> adapters) {

  public TrainingPlan {
    groups = List.copyOf(groups);
    if (groups.isEmpty()) {
      throw new IllegalArgumentException(
          "all tensors of the policy are frozen, so there is nothing to train; let some be");
    }
  }

  /** Every tensor is trained, all alike. */
  public static TrainingPlan whole(ParameterLayout policy, Optimizer optimizer) {
    return of(policy, optimizer, List.of(), Optional.empty());
  }

  /**
   * @param rules a tensor is of the first group whose pattern fits its name; adapters are grouped
   *     by their own names
   * @throws IllegalArgumentException if a pattern fits no tensor, or nothing is left to train
   */
  public static TrainingPlan of(
      ParameterLayout policy, Optimizer optimizer, List<GroupRule> rules, Optional<Lora> lora) {
    lora.ifPresent(
        adapters -> {
          requireFitting(adapters.targets(), policy.slots());
          requireFitting(adapters.trainedWhole(), policy.slots());
        });
    ParameterLayout candidates = lora.map(each -> candidates(policy, each)).orElse(policy);
    requireFitting(rules.stream().map(GroupRule::pattern).toList(), candidates.slots());
    Map<String, List<Parameter>> members = new LinkedHashMap<>();
    members.put("", new ArrayList<>());
    rules.forEach(rule -> members.put(rule.pattern(), new ArrayList<>()));
    for (Slot slot : candidates.slots()) {
      String group = ruleOf(rules, slot.name()).map(GroupRule::pattern).orElse("");
      members
          .computeIfAbsent(group, _ -> new ArrayList<>())
          .add(new Parameter(slot.name(), slot.shape()));
    }
    List<ParameterGroup> groups = new ArrayList<>();
    members.forEach(
        (name, parameters) -> group(name, parameters, rules, optimizer).ifPresent(groups::add));
    Set<String> trained = new HashSet<>();
    groups.forEach(group -> group.layout().slots().forEach(slot -> trained.add(slot.name())));
    List<Parameter> fixed = new ArrayList<>();
    Stream.concat(
            policy.slots().stream(),
            candidates.slots().stream().filter(slot -> Lora.adapted(slot.name()).isPresent()))
        .filter(slot -> !trained.contains(slot.name()))
        .forEach(slot -> fixed.add(new Parameter(slot.name(), slot.shape())));
    return new TrainingPlan(policy, optimizer, groups, ParameterLayout.of(fixed), lora);
  }

  /** What may be trained where there are adapters. */
  private static ParameterLayout candidates(ParameterLayout policy, Lora lora) {
    List<Parameter> candidates = new ArrayList<>();
    for (Slot slot : policy.slots()) {
      if (fitsAny(lora.targets(), slot)) {
        candidates.addAll(lora.adapters(slot));
      } else if (fitsAny(lora.trainedWhole(), slot)) {
        candidates.add(new Parameter(slot.name(), slot.shape()));
      }
    }
    return ParameterLayout.of(candidates);
  }

  private static Optional<ParameterGroup> group(
      String name, List<Parameter> parameters, List<GroupRule> rules, Optimizer optimizer) {
    Optional<GroupRule> rule =
        rules.stream().filter(each -> each.pattern().equals(name)).findFirst();
    if (parameters.isEmpty() || rule.map(GroupRule::frozen).orElse(false)) {
      return Optional.empty();
    }
    return Optional.of(
        new ParameterGroup(
            name,
            ParameterLayout.of(parameters),
            rule.map(GroupRule::learningRateFactor).orElse(1.0),
            rule.map(each -> each.weightDecay().orElse(optimizer.weightDecay()))
                .orElse(optimizer.weightDecay())));
  }

  private static Optional<GroupRule> ruleOf(List<GroupRule> rules, String name) {
    return rules.stream().filter(rule -> GroupRule.fits(rule.pattern(), name)).findFirst();
  }

  private static boolean fitsAny(List<String> patterns, Slot slot) {
    return patterns.stream().anyMatch(pattern -> GroupRule.fits(pattern, slot.name()));
  }

  private static void requireFitting(List<String> patterns, List<Slot> slots) {
    for (String pattern : patterns) {
      if (slots.stream().noneMatch(slot -> GroupRule.fits(pattern, slot.name()))) {
        throw new IllegalArgumentException(
            "no tensor is called "
                + pattern
                + "; there are "
                + String.join(", ", slots.stream().map(Slot::name).toList()));
      }
    }
  }

  /** Of all that is trained, in float32. */
  long trainedBytes() {
    return groups.stream().mapToLong(group -> group.layout().size()).sum() * Float.BYTES;
  }

  /**
   * The state before the first step.
   *
   * @param parameters of the policy
   * @param seed of the adapters' random numbers, where there are adapters
   */
  public TrainingState start(Parameters parameters, long seed, Computation computation) {
    List<TrainingState.Group> started = new ArrayList<>();
    for (ParameterGroup group : groups) {
      boolean all = group.layout().slots().size() == policy.slots().size() && adapters.isEmpty();
      Parameters own = all ? parameters : Parameters.zeros(group.layout());
      if (!all) {
        copyShared(parameters, own);
        Lora.initialise(own, seed);
      }
      started.add(
          new TrainingState.Group(
              own,
              optimizer.vectors().stream().map(_ -> Parameters.zeros(group.layout())).toList()));
    }
    Parameters kept = Parameters.zeros(fixed);
    copyShared(parameters, kept);
    Lora.initialise(kept, seed);
    return new TrainingState(this, kept, started, 0, computation.startingLossScale());
  }

  /** Whether states of both plans hold the same vectors. */
  boolean hasLayoutOf(TrainingPlan other) {
    return names(this).equals(names(other));
  }

  private static List<String> names(TrainingPlan plan) {
    List<String> names = new ArrayList<>();
    for (ParameterGroup group : plan.groups) {
      names.addAll(plan.optimizer.vectors().stream().map(group::vectorName).toList());
      group.layout().slots().forEach(slot -> names.add(slot.name() + slot.elements()));
    }
    plan.fixed.slots().forEach(slot -> names.add("fixed " + slot.name() + slot.elements()));
    return names;
  }

  /** Copies the tensors that both have. */
  static void copyShared(Parameters from, Parameters into) {
    Map<String, Slot> known = new LinkedHashMap<>();
    from.layout().slots().forEach(slot -> known.put(slot.name(), slot));
    for (Slot slot : into.layout().slots()) {
      Slot source = known.get(slot.name());
      if (source != null) {
        into.slice(slot).copyFrom(from.slice(source));
      }
    }
  }
}
