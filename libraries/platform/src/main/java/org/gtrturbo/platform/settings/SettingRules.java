package org.gtrturbo.platform.settings;

import java.util.List;
import java.util.regex.Pattern;

/**
 * What a setting's value can be held to; each throws a {@link SettingException} that names the
 * setting.
 */
final class SettingRules {
  private static final Pattern ADDRESSES =
      Pattern.compile("[^\\s:,]+:\\d{1,5}(,[^\\s:,]+:\\d{1,5})*|\\[[0-9a-fA-F:]+]:\\d{1,5}");

  private SettingRules() {}

  static void atLeast(String setting, long value, long least) {
    require(value >= least, setting, "must be at least " + least, value);
  }

  static void within(String setting, double value, double least, double most) {
    require(
        value >= least && value <= most,
        setting,
        "must be in [" + least + ", " + most + "]",
        value);
  }

  static void fraction(String setting, double value) {
    require(value >= 0 && value < 1, setting, "must be at least 0 and below 1", value);
  }

  static void positive(String setting, double value) {
    require(value > 0 && Double.isFinite(value), setting, "must be above 0 and finite", value);
  }

  static void notNegative(String setting, double value) {
    require(value >= 0 && Double.isFinite(value), setting, "must be at least 0 and finite", value);
  }

  static void finite(String setting, double value) {
    require(Double.isFinite(value), setting, "must be finite", value);
  }

  static void oneOf(String setting, String value, List<String> names) {
    require(names.contains(value), setting, "must be one of " + String.join(", ", names), value);
  }

  static void addresses(String setting, String value) {
    require(
        ADDRESSES.matcher(value).matches(),
        setting,
        "must be host:port, several with commas between, or none",
        value);
  }

  private static void require(boolean holds, String setting, String rule, Object value) {
    if (!holds) {
      throw new SettingException(setting, rule, value);
    }
  }
}
