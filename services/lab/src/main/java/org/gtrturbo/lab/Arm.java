package org.gtrturbo.lab;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.gtrturbo.platform.settings.Settings;
import org.gtrturbo.platform.settings.SettingsWriter;

/**
 * Runs that differ by their seeds alone.
 *
 * @param runs at least one, no seed twice
 */
public record Arm(String name, List<RunStanding> runs) {
  // Names and seeds are said anyway, and where the broker is changes nothing.
  private static final Set<String> NOT_COMPARED = Set.of("run.name", "run.seed", "kafka.bootstrap");

  public Arm {
    runs = List.copyOf(runs);
    if (runs.isEmpty()) {
      throw new IllegalArgumentException("arm " + name + " has no run; give one for it");
    }
    var seeds = new HashSet<Long>();
    for (RunStanding run : runs) {
      if (!seeds.add(run.seed())) {
        throw new IllegalArgumentException(
            "arm " + name + " has seed " + run.seed() + " twice; give one run a seed");
      }
    }
  }

  /**
   * Puts runs of the same settings together, in the order in which the first of each comes. A seed
   * that comes again with the same settings begins another arm.
   *
   * @throws IllegalArgumentException if two runs have one label
   */
  public static List<Arm> grouped(List<RunStanding> runs) {
    var labels = new HashSet<String>();
    List<List<RunStanding>> groups = new ArrayList<>();
    for (RunStanding run : runs) {
      if (!labels.add(run.label())) {
        throw new IllegalArgumentException(
            "there are two runs " + run.label() + "; name each run once");
      }
      groups.stream()
          .filter(group -> takes(group, run))
          .findFirst()
          .ifPresentOrElse(
              group -> group.add(run), () -> groups.add(new ArrayList<>(List.of(run))));
    }
    Map<String, Arm> byName = new LinkedHashMap<>();
    for (List<RunStanding> group : groups) {
      String shared = sharedName(group);
      String name = byName.containsKey(shared) ? listedName(group) : shared;
      byName.put(name, new Arm(name, group));
    }
    return List.copyOf(byName.values());
  }

  private static boolean takes(List<RunStanding> group, RunStanding run) {
    return changes(group.getFirst().settings(), run.settings()).isEmpty()
        && group.stream().noneMatch(member -> member.seed() == run.seed());
  }

  /** {@code threecards-0} and {@code threecards-1} are {@code threecards-*}. */
  private static String sharedName(List<RunStanding> group) {
    if (group.size() == 1) {
      return group.getFirst().label();
    }
    Set<String> patterns =
        group.stream()
            .map(
                run ->
                    Pattern.compile("(?<![0-9])" + run.seed() + "(?![0-9])")
                        .matcher(run.label())
                        .replaceAll("*"))
            .collect(Collectors.toSet());
    return patterns.size() == 1 ? patterns.iterator().next() : listedName(group);
  }

  private static String listedName(List<RunStanding> group) {
    String first = group.getFirst().label();
    return group.size() == 1 ? first : first + " and " + (group.size() - 1) + " more";
  }

  public String environment() {
    return runs.getFirst().environment();
  }

  /** What this arm's settings change of another's, {@code name: before -> after} each. */
  List<String> changesOf(Arm other) {
    return changes(other.runs().getFirst().settings(), runs.getFirst().settings());
  }

  private static List<String> changes(Settings before, Settings after) {
    return SettingsWriter.differences(before, after).stream()
        .filter(difference -> !NOT_COMPARED.contains(difference.name()))
        .map(SettingsWriter.Difference::toString)
        .toList();
  }
}
