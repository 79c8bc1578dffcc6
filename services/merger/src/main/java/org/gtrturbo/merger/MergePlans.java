package org.gtrturbo.merger;

import java.util.ArrayList;
import java.util.List;
import org.gtrturbo.lineage.TeacherRules;
import org.gtrturbo.platform.settings.RuleText;
import org.gtrturbo.platform.settings.Settings.TeacherSettings;

/** The plans that settings ask for. */
final class MergePlans {
  private MergePlans() {}

  /**
   * The plan of every stream, the settings' own rule first.
   *
   * @throws IllegalArgumentException if a rule refuses its settings
   */
  static List<MergePlan> of(TeacherSettings settings) {
    var plans = new ArrayList<MergePlan>();
    int every = settings.everyCheckpoints();
    plans.add(new MergePlan(TeacherRules.own(settings), every));
    settings
        .shadows()
        .ifPresent(
            text ->
                RuleText.shadows(text)
                    .forEach(
                        (stream, shadow) ->
                            plans.add(new MergePlan(stream, TeacherRules.of(shadow), every))));
    return List.copyOf(plans);
  }
}
