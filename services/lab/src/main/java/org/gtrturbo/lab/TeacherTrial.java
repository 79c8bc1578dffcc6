package org.gtrturbo.lab;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
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
  private static final int MILESTONES = 10;

  public TeacherTrial {
    teachers = List.copyOf(teachers);
  }

  /**
   * One teacher's play.
   *
   * @param turns trained on by the checkpoint that was merged last
   * @param greedy of milestones only
   */
  public record Tried(long version, long turns, Score sampled, Optional<Score> greedy) {}

  /** What teachers are tried with. */
  public interface Stage {
    /** How many turns the checkpoint of that version had been trained on. */
    long turns(long version);

    /** The teacher's weights, read anew for each call. */
    Parameters weights(Teacher teacher);
  }

  /**
   * Plays episodes with every teacher, with the last one eight times as many. Milestones, some
   * {@value #MILESTONES} teachers spread over the run and the last one, play greedily too.
   *
   * @param evaluator that may be asked by several threads
   * @param temperature that sampled tokens are drawn at
   * @param sideBySide how many teachers play at once; changes nothing in the scores
   */
  public static TeacherTrial of(
      String rule,
      List<Teacher> teachers,
      Stage stage,
      Evaluator evaluator,
      double temperature,
      int episodes,
      int sideBySide) {
    List<Callable<Tried>> plays = new ArrayList<>();
    int step = Math.ceilDiv(Math.max(1, teachers.size()), MILESTONES);
    for (int place = 0; place < teachers.size(); place++) {
      Teacher teacher = teachers.get(place);
      boolean last = place == teachers.size() - 1;
      boolean milestone = last || place % step == 0;
      int played = last ? LAST_PLAYS_TIMES * episodes : episodes;
      plays.add(
          () -> {
            Parameters weights = stage.weights(teacher);
            return new Tried(
                teacher.getVersion(),
                stage.turns(teacher.getVersion()),
                evaluator.evaluate(weights, Sampling.at(temperature), played),
                milestone
                    ? Optional.of(evaluator.evaluate(weights, Sampling.GREEDY, played))
                    : Optional.empty());
          });
    }
    // The longest play first, so that none is left to play alone at the end.
    return new TeacherTrial(
        rule, SideBySide.run("a teacher's trial", plays.reversed(), sideBySide).reversed());
  }

  /** The teachers that played greedily too. */
  public List<Tried> milestones() {
    return teachers.stream().filter(each -> each.greedy().isPresent()).toList();
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
