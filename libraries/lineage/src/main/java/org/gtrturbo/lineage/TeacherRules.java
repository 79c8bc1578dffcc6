package org.gtrturbo.lineage;

import java.util.HashMap;
import java.util.Map;
import org.gtrturbo.merging.MergeRule;
import org.gtrturbo.platform.settings.RuleText;
import org.gtrturbo.platform.settings.Settings.MergeRuleName;
import org.gtrturbo.platform.settings.Settings.TeacherSettings;

/** Merge rules as settings name them. */
public final class TeacherRules {
  private static final String ALPHA = "alpha";
  private static final String OWN = "teacher.ruleSettings";
  private static final String SHADOWS = "teacher.shadows";

  private TeacherRules() {}

  /**
   * The settings' own rule. Where it weighs by an EMA and its settings do not say which, {@code
   * teacher.alpha} does.
   *
   * @throws IllegalArgumentException if it refuses its settings
   */
  public static MergeRule own(TeacherSettings settings) {
    Map<String, String> given = new HashMap<>();
    settings.ruleSettings().ifPresent(text -> given.putAll(RuleText.settings(text)));
    if (settings.rule() == MergeRuleName.EMA && given.containsKey(ALPHA)) {
      throw new IllegalArgumentException(
          "teacher.ruleSettings must not name alpha, which is teacher.alpha");
    }
    MergeRule rule = own(settings, given);
    // The rule itself says whether it has an alpha: that depends on its other settings.
    boolean isOpen = rule.settings().containsKey(ALPHA) && !given.containsKey(ALPHA);
    if (isOpen) {
      given.put(ALPHA, Double.toString(settings.alpha()));
    }
    return isOpen ? own(settings, given) : rule;
  }

  private static MergeRule own(TeacherSettings settings, Map<String, String> given) {
    return named("teacher.rule with " + OWN, settings.rule().text(), given);
  }

  /** The rule of a shadow. */
  public static MergeRule of(RuleText.Shadow shadow) {
    return named(SHADOWS, shadow.rule(), shadow.settings());
  }

  private static MergeRule named(String setting, String name, Map<String, String> settings) {
    try {
      return MergeRule.of(name, settings);
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(setting + " is refused: " + e.getMessage(), e);
    }
  }
}
