package org.gtrturbo.platform.settings;

import java.util.Map;
import java.util.TreeMap;

/** A merge rule's settings as one text. */
public final class RuleText {
  private static final String SETTING = "teacher.ruleSettings";

  private RuleText() {}

  /**
   * The settings by name, of a text as {@code density=0.2 trimScope=whole}.
   *
   * @throws SettingException if it is no such text
   */
  public static Map<String, String> settings(String text) {
    Map<String, String> settings = new TreeMap<>();
    for (String word : text.strip().split("\\s+", -1)) {
      int equals = word.indexOf('=');
      if (equals < 1 || equals == word.length() - 1) {
        throw new SettingException(
            SETTING, "must be name=value, several with spaces between, or none", text);
      }
      if (settings.put(word.substring(0, equals), word.substring(equals + 1)) != null) {
        throw new SettingException(
            SETTING, "must not name " + word.substring(0, equals) + " twice", text);
      }
    }
    return settings;
  }
}
