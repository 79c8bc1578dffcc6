package org.gtrturbo.merger;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.gtrturbo.merging.MergeRule;
import org.gtrturbo.platform.settings.RuleText;
import org.gtrturbo.platform.settings.Settings.MergeRuleName;
import org.gtrturbo.platform.settings.Settings.TeacherSettings;

/** The plans that settings ask for. */
final class MergePlans {
  private static final String EMA_ALPHA = "alpha";

  private MergePlans() {}

  /**
   * The plan of every stream, the settings' own rule first.
   *
   * @throws IllegalArgumentException if a rule refuses its settings
   */
  static List<MergePlan> of(TeacherSettings settings) {
    return List.of(new MergePlan(rule(settings), settings.everyCheckpoints()));
  }

  private static MergeRule rule(TeacherSettings settings) {
    Map<String, String> given = new HashMap<>();
    settings.ruleSettings().ifPresent(text -> given.putAll(RuleText.settings(text)));
    if (settings.rule() == MergeRuleName.EMA
        && given.put(EMA_ALPHA, Double.toString(settings.alpha())) != null) {
      throw new IllegalArgumentException(
          "teacher.ruleSettings must not name alpha, which is teacher.alpha");
    }
    try {
      return MergeRule.of(settings.rule().text(), given);
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(
          "teacher.rule and teacher.ruleSettings do not fit: " + e.getMessage(), e);
    }
  }
}
