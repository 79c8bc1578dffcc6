package org.gtrturbo.merger;

import java.util.ArrayList;
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
    var plans = new ArrayList<MergePlan>();
    int every = settings.everyCheckpoints();
    plans.add(new MergePlan(rule(settings), every));
    settings
        .shadows()
        .ifPresent(
            text ->
                RuleText.shadows(text)
                    .forEach((stream, shadow) -> plans.add(plan(stream, shadow, every))));
    return List.copyOf(plans);
  }

  private static MergePlan plan(String stream, RuleText.Shadow shadow, int everyCheckpoints) {
    return new MergePlan(
        stream, rule("teacher.shadows", shadow.rule(), shadow.settings()), everyCheckpoints);
  }

  private static MergeRule rule(TeacherSettings settings) {
    Map<String, String> given = new HashMap<>();
    settings.ruleSettings().ifPresent(text -> given.putAll(RuleText.settings(text)));
    if (settings.rule() == MergeRuleName.EMA
        && given.put(EMA_ALPHA, Double.toString(settings.alpha())) != null) {
      throw new IllegalArgumentException(
          "teacher.ruleSettings must not name alpha, which is teacher.alpha");
    }
    return rule("teacher.rule with teacher.ruleSettings", settings.rule().text(), given);
  }

  private static MergeRule rule(String setting, String name, Map<String, String> settings) {
    try {
      return MergeRule.of(name, settings);
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(setting + " is refused: " + e.getMessage(), e);
    }
  }
}
