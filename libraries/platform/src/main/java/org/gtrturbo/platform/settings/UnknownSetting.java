package org.gtrturbo.platform.settings;

import java.util.Comparator;
import org.apache.commons.text.similarity.LevenshteinDistance;

/** The refusal of a name that is no setting. */
final class UnknownSetting {
  private UnknownSetting() {}

  /**
   * With the nearest name that is one: by its last part where that is the same, else by the whole
   * name.
   */
  static SettingException named(String name) {
    var distance = LevenshteinDistance.getDefaultInstance();
    String nearest =
        SettingType.ALL.keySet().stream()
            .min(
                Comparator.comparingInt(
                    (String setting) ->
                        lastPart(setting).equals(lastPart(name))
                            ? 0
                            : distance.apply(setting, name)))
            .orElseThrow();
    return new SettingException(name, "unknown setting " + name + "; the nearest is " + nearest);
  }

  private static String lastPart(String name) {
    return name.substring(name.lastIndexOf('.') + 1);
  }
}
