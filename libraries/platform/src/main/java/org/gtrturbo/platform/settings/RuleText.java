package org.gtrturbo.platform.settings;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.TreeMap;
import java.util.regex.Pattern;

/** Merge rules and their settings as one text. */
public final class RuleText {
  private static final String SETTING = "teacher.ruleSettings";
  private static final String SHADOWS = "teacher.shadows";
  private static final Pattern STREAM = Pattern.compile("[a-z][a-z0-9-]{0,49}");

  private RuleText() {}

  /**
   * The settings by name, of a text as {@code density=0.2 trimScope=vector}.
   *
   * @throws SettingException if it is no such text
   */
  public static Map<String, String> settings(String text) {
    return settings(SETTING, text, List.of(words(text)));
  }

  /** A rule that makes a stream of its own. */
  public record Shadow(String rule, Map<String, String> settings) {}

  /**
   * The rules by the names of their streams, of a text as {@code slow ema alpha=0.1; trimmed ties}.
   *
   * @throws SettingException if it is no such text
   */
  public static SequencedMap<String, Shadow> shadows(String text) {
    SequencedMap<String, Shadow> shadows = new LinkedHashMap<>();
    for (String part : text.split(";", -1)) {
      String[] words = words(part);
      if (words.length < 2 || !STREAM.matcher(words[0]).matches()) {
        throw new SettingException(
            SHADOWS,
            "must be a name of lower-case letters, digits and -, a rule and its settings, several"
                + " with semicolons between, or none",
            text);
      }
      var shadow =
          new Shadow(words[1], settings(SHADOWS, text, List.of(words).subList(2, words.length)));
      if (shadows.put(words[0], shadow) != null) {
        throw new SettingException(SHADOWS, "must not name " + words[0] + " twice", text);
      }
    }
    return shadows;
  }

  private static String[] words(String text) {
    return text.strip().split("\\s+", -1);
  }

  private static Map<String, String> settings(String setting, String text, List<String> words) {
    Map<String, String> settings = new TreeMap<>();
    for (String word : words) {
      int equals = word.indexOf('=');
      if (equals < 1 || equals == word.length() - 1) {
        throw new SettingException(
            setting, "must be name=value, several with spaces between, or none", text);
      }
      if (settings.put(word.substring(0, equals), word.substring(equals + 1)) != null) {
        throw new SettingException(
            setting, "must not name " + word.substring(0, equals) + " twice", text);
      }
    }
    return settings;
  }
}
