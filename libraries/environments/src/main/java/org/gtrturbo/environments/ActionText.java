package org.gtrturbo.environments;

import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** Reads the action out of an agent's answer, by RL4VLM's rule. */
final class ActionText {

  private static final List<String> MARKERS = List.of(Vocabulary.ACT, "\"action\":");

  private ActionText() {}

  /**
   * The one action that occurs behind the last marker, the word {@code <act>} or the JSON key
   * {@code "action":}; empty where there is no marker, or no action behind it, or more than one. An
   * action that contains another (10 and 1) is looked for first and taken out. The same action
   * twice counts as one.
   */
  static Optional<String> actionIn(String text, List<String> actions) {
    var lower = text.toLowerCase(Locale.ROOT);
    int end = MARKERS.stream().mapToInt(marker -> endOfLast(marker, lower)).max().orElseThrow();
    if (end < 0) {
      return Optional.empty();
    }
    var rest = lower.substring(end);
    var found = Optional.<String>empty();
    for (var action : longestFirst(actions)) {
      if (rest.contains(action)) {
        if (found.isPresent()) {
          return Optional.empty();
        }
        found = Optional.of(action);
        rest = rest.replace(action, " ");
      }
    }
    return found;
  }

  private static int endOfLast(String marker, String text) {
    int start = text.lastIndexOf(marker);
    return start < 0 ? -1 : start + marker.length();
  }

  private static List<String> longestFirst(List<String> actions) {
    return actions.stream().sorted(Comparator.comparingInt(String::length).reversed()).toList();
  }
}
