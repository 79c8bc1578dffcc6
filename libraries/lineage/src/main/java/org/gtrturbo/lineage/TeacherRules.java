package org.gtrturbo.lineage;

import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.gtrturbo.merging.MergeRule;
import org.gtrturbo.platform.settings.RuleText;
import org.gtrturbo.platform.settings.Settings.MergeRuleName;
import org.gtrturbo.platform.settings.Settings.TeacherSettings;

/** Merge rules as settings name them. */
public final class TeacherRules {
  private static final String ALPHA = "alpha";
  private static final String OWN = "teacher.ruleSettings";
  private static final String SHADOWS = "teacher.shadows";
  private static final int NAMED = 20;

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

  /**
   * Holds the tensors that all rules of the settings name against those that a policy has.
   *
   * @throws IllegalArgumentException if one names a tensor that is not there, or a rule refuses its
   *     settings
   */
  public static void requireTensors(TeacherSettings settings, Set<String> tensors) {
    requireTensors(OWN, own(settings), tensors);
    settings
        .shadows()
        .ifPresent(
            text ->
                RuleText.shadows(text)
                    .values()
                    .forEach(shadow -> requireTensors(SHADOWS, of(shadow), tensors)));
  }

  private static void requireTensors(String setting, MergeRule rule, Set<String> tensors) {
    try {
      rule.requireTensors(tensors);
    } catch (IllegalArgumentException e) {
      int more = Math.max(0, tensors.size() - NAMED);
      throw new IllegalArgumentException(
          setting
              + " does not fit the policy: "
              + e.getMessage()
              + "; it has "
              + tensors.stream().sorted().limit(NAMED).collect(Collectors.joining(", "))
              + (more == 0 ? "" : " and " + more + " more"),
          e);
    }
  }

  private static MergeRule named(String setting, String name, Map<String, String> settings) {
    try {
      return MergeRule.of(name, settings);
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(setting + " is refused: " + e.getMessage(), e);
    }
  }
}
