package org.gtrturbo.learner;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.gtrturbo.agents.Draws;
import org.gtrturbo.policy.training.TrainingTurn;
import org.gtrturbo.policy.training.TrainingTurn.Lesson;

/**
 * Which lesson stands beside which turn: every epoch has turns and lessons paired anew, lessons
 * drawn without replacement, and all of them once more where there are fewer than turns.
 *
 * @param draws of the run for {@link Draws.Purpose#LESSONS}
 */
record Lessons(Draws draws, int epochs) {

  /**
   * The turns of all epochs in a row, each with its lesson.
   *
   * @param version that the update makes
   */
  List<TrainingTurn> beside(List<TrainingTurn> turns, List<Lesson> lessons, long version) {
    List<TrainingTurn> paired = new ArrayList<>(epochs * turns.size());
    for (int epoch = 0; epoch < epochs; epoch++) {
      SplittableRandom random = draws.at(version, epoch);
      int[] order = {};
      for (int place = 0; place < turns.size(); place++) {
        TrainingTurn turn = turns.get(place);
        if (lessons.isEmpty()) {
          paired.add(turn.beside(new Lesson(turn.picture(), turn.prompt(), new int[0])));
          continue;
        }
        int next = place % lessons.size();
        if (next == 0) {
          order = Minibatches.permutation(lessons.size(), random);
        }
        paired.add(turn.beside(lessons.get(order[next])));
      }
    }
    return paired;
  }

  /**
   * The steps of an update over the turns as {@link #beside} puts them.
   *
   * @param steps over the turns themselves, epoch after epoch
   */
  int[][] over(int[][] steps, int turns) {
    int perEpoch = steps.length / epochs;
    int[][] shifted = new int[steps.length][];
    for (int step = 0; step < steps.length; step++) {
      int from = step / perEpoch * turns;
      shifted[step] = new int[steps[step].length];
      for (int place = 0; place < steps[step].length; place++) {
        shifted[step][place] = from + steps[step][place];
      }
    }
    return shifted;
  }
}
