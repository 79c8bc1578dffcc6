package org.gtrturbo.environments;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;

/** Reads from an agent's answer, in words or in JSON, what it takes the picture to show. */
final class ThoughtText {

  private static final Pattern JSON_CARDS = Pattern.compile("\"cards\"\\s*:\\s*\\[([^]]*)]");
  private static final Pattern JSON_CURRENT =
      Pattern.compile("\"current number\"\\s*:\\s*\"?(\\d+)");
  private static final Pattern JSON_TARGET = Pattern.compile("\"target number\"\\s*:\\s*\"?(\\d+)");

  private ThoughtText() {}

  /**
   * Whether the answer begins with {@code cards} and the values from left to right, or has a JSON
   * key {@code "cards"} with the values or the faces as a list.
   */
  static boolean namesCards(String text, List<Integer> values) {
    var words = new StringBuilder("cards");
    values.forEach(value -> words.append(' ').append(value));
    if (beginsWith(text, words.toString())) {
      return true;
    }
    var json = JSON_CARDS.matcher(text);
    return json.find()
        && Arrays.stream(json.group(1).split(",", -1))
            .map(ThoughtText::value)
            .toList()
            .equals(values);
  }

  /**
   * Whether the answer begins with {@code current c target t}, or has JSON keys {@code "current
   * number"} and {@code "target number"} with the two.
   */
  static boolean namesPosition(String text, int current, int target) {
    if (beginsWith(text, "current " + current + " target " + target)) {
      return true;
    }
    return names(JSON_CURRENT, text, current) && names(JSON_TARGET, text, target);
  }

  private static boolean beginsWith(String text, String words) {
    return (text + " ").startsWith(words + " ");
  }

  private static boolean names(Pattern key, String text, int number) {
    var json = key.matcher(text);
    return json.find() && json.group(1).equals(Integer.toString(number));
  }

  /**
   * The value of one element of a JSON list of cards, such as {@code 10}, {@code "K"} or {@code "K
   * of spades"}; 0 if it is none.
   */
  private static int value(String element) {
    var first = element.replace("\"", "").strip().split("\\s", 2)[0].toUpperCase(Locale.ROOT);
    return switch (first) {
      case "A", "1" -> 1;
      case "2", "3", "4", "5", "6", "7", "8", "9" -> Integer.parseInt(first);
      case "10", "11", "12", "13", "J", "Q", "K" -> 10;
      default -> 0;
    };
  }
}
