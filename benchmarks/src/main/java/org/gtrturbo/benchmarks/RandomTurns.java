package org.gtrturbo.benchmarks;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import org.gtrturbo.policy.ObservationBatch;
import org.gtrturbo.policy.PolicySpec;
import org.gtrturbo.policy.Vocabulary;
import org.gtrturbo.policy.training.TrainingTurn;

/**
 * Turns as long as those that a trained policy plays, of random words on random pictures: what they
 * cost depends on their shapes alone.
 */
final class RandomTurns {
  private static final int SHORTEST = 13;
  private static final int LONGEST = 17;

  private final PolicySpec spec;
  private final int actionMarker;
  private final SplittableRandom random;
  private final int shortest;
  private final int longest;

  RandomTurns(PolicySpec spec, long seed) {
    this(spec, seed, SHORTEST, LONGEST);
  }

  /**
   * @param shortest tokens of a turn, inclusive as {@code longest} is
   */
  RandomTurns(PolicySpec spec, long seed, int shortest, int longest) {
    this.spec = spec;
    this.shortest = shortest;
    this.longest = longest;
    this.actionMarker = new Vocabulary(spec.text().words()).actionMarker();
    this.random = new SplittableRandom(seed);
  }

  /** As a learner sees them that is guided over the whole vocabulary. */
  List<TrainingTurn> guided(int count) {
    List<TrainingTurn> turns = new ArrayList<>(count);
    for (int turn = 0; turn < count; turn++) {
      turns.add(guided());
    }
    return turns;
  }

  /** What the turns were played on. */
  ObservationBatch observations(List<TrainingTurn> turns) {
    ObservationBatch observations = new ObservationBatch(spec, turns.size());
    turns.forEach(turn -> observations.add(turn.picture(), turn.prompt()));
    return observations;
  }

  /** Draws for one call of the generator. */
  float[] draws(int size) {
    float[] draws = new float[size * spec.text().generatedTokens()];
    for (int index = 0; index < draws.length; index++) {
      draws[index] = random.nextFloat();
    }
    return draws;
  }

  private TrainingTurn guided() {
    byte[] picture = new byte[spec.picture().pixels()];
    random.nextBytes(picture);
    int length = Math.min(random.nextInt(shortest, longest + 1), spec.text().generatedTokens());
    int thought = length - 2;
    int[] tokens = words(length);
    tokens[thought] = actionMarker;
    float[] logProbs = new float[length];
    Arrays.fill(logProbs, evenly());
    float[] teacher = new float[thought * spec.vocabularySize()];
    Arrays.fill(teacher, evenly());
    return new TrainingTurn(
        picture,
        words(spec.text().promptTokens()),
        new TrainingTurn.Written(tokens, thought, logProbs),
        new TrainingTurn.Target((float) random.nextDouble(-1, 1), random.nextFloat(), 0),
        Optional.of(new TrainingTurn.TeacherSide(logProbs.clone(), new int[0], teacher)));
  }

  private float evenly() {
    return (float) -Math.log(spec.vocabularySize());
  }

  /** Any but padding and the action marker. */
  private int[] words(int count) {
    return random
        .ints(1, spec.vocabularySize())
        .filter(word -> word != actionMarker)
        .limit(count)
        .toArray();
  }
}
