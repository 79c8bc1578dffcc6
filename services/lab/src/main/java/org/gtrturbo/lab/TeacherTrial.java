package org.gtrturbo.lab;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.gtrturbo.events.Teacher;
import org.gtrturbo.policy.Parameters;
import org.gtrturbo.policy.Sampling;

/**
 * The teachers of one merge rule, each played on the same hands with the same draws as those of any
 * other rule.
 *
 * @param rule as people read it
 * @param teachers by version, rising
 */
public record TeacherTrial(String rule, List<Tried> teachers) {
  private static final int LAST_PLAYS_TIMES = 8;

  public TeacherTrial {
    teachers = List.copyOf(teachers);
  }

  /**
   * One teacher's play.
   *
   * @param turns trained on by the checkpoint that was merged last
   */
  public record Tried(long version, long turns, Score sampled, Score greedy) {}

  /**
   * Plays episodes with every teacher, with the last one eight times as many.
   *
   * @param turns trained on by checkpoint version
   * @param temperature that sampled tokens are drawn at
   */
  public static TeacherTrial of(
      String rule,
      List<Teacher> teachers,
      Function<Long, Long> turns,
      Function<Teacher, Parameters> weights,
      Evaluator evaluator,
      double temperature,
      int episodes) {
    var tried = new ArrayList<Tried>();
    long last = teachers.isEmpty() ? -1 : teachers.getLast().getVersion();
    for (Teacher teacher : teachers) {
      int played = teacher.getVersion() == last ? LAST_PLAYS_TIMES * episodes : episodes;
      Parameters parameters = weights.apply(teacher);
      tried.add(
          new Tried(
              teacher.getVersion(),
              turns.apply(teacher.getVersion()),
              evaluator.evaluate(parameters, Sampling.at(temperature), played),
              evaluator.evaluate(parameters, Sampling.GREEDY, played)));
    }
    return new TeacherTrial(rule, tried);
  }

  /** Sampled success over the turns trained on. */
  public LearningCurve curve() {
    return new LearningCurve(
        rule,
        teachers.stream()
            .map(each -> new CurvePoint(each.turns(), each.sampled().success()))
            .toList());
  }
}
