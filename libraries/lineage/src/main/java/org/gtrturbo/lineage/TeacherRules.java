package org.gtrturbo.lineage;

import java.util.HashMap;
import java.util.Map;
import org.gtrturbo.merging.MergeRule;
import org.gtrturbo.platform.settings.RuleText;
import org.gtrturbo.platform.settings.Settings.MergeRuleName;
import org.gtrturbo.platform.settings.Settings.TeacherSettings;

/** Merge rules as settings name them. */
public final class TeacherRules {
  private static final String EMA_ALPHA = "alpha";

  private TeacherRules() {}

  /**
   * The settings' own rule.
   *
   * @throws IllegalArgumentException if it refuses its settings
   */
  public static MergeRule own(TeacherSettings settings) {
    Map<String, String> given = new HashMap<>();
    settings.ruleSettings().ifPresent(text -> given.putAll(RuleText.settings(text)));
    if (settings.rule() == MergeRuleName.EMA
        && given.put(EMA_ALPHA, Double.toString(settings.alpha())) != null) {
      throw new IllegalArgumentException(
          "teacher.ruleSettings must not name alpha, which is teacher.alpha");
    }
    return named("teacher.rule with teacher.ruleSettings", settings.rule().text(), given);
  }

  /** The rule of a shadow. */
  public static MergeRule of(RuleText.Shadow shadow) {
    return named("teacher.shadows", shadow.rule(), shadow.settings());
  }

  private static MergeRule named(String setting, String name, Map<String, String> settings) {
    try {
      return MergeRule.of(name, settings);
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(setting + " is refused: " + e.getMessage(), e);
    }
  }
}
