package org.gtrturbo.learner;

import java.util.Arrays;
import java.util.SplittableRandom;
import org.gtrturbo.agents.Draws;

/**
 * Which turns of a batch each optimizer step sees: every epoch is a permutation of the batch of its
 * own, cut into minibatches; the turns left over at its end, fewer than a minibatch, sit that epoch
 * out.
 *
 * @param draws of the run for {@link Draws.Purpose#MINIBATCHES}
 */
record Minibatches(Draws draws, int epochs, int minibatch) {

  /**
   * Per step the places of its turns in the batch.
   *
   * @param version that the update makes
   */
  int[][] of(long version, int turns) {
    if (turns < minibatch) {
      throw new IllegalArgumentException(
          "a batch must hold a minibatch of " + minibatch + " turns, holds " + turns);
    }
    int perEpoch = turns / minibatch;
    int[][] steps = new int[epochs * perEpoch][];
    for (int epoch = 0; epoch < epochs; epoch++) {
      int[] order = permutation(turns, draws.at(version, epoch));
      for (int step = 0; step < perEpoch; step++) {
        int from = step * minibatch;
        steps[epoch * perEpoch + step] = Arrays.copyOfRange(order, from, from + minibatch);
      }
    }
    return steps;
  }

  static int[] permutation(int size, SplittableRandom random) {
    int[] order = new int[size];
    for (int place = 0; place < size; place++) {
      int other = random.nextInt(place + 1);
      order[place] = order[other];
      order[other] = place;
    }
    return order;
  }
}
