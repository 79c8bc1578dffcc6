package org.gtrturbo.policy.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import org.gtrturbo.policy.Generator;
import org.gtrturbo.policy.ObservationBatch;
import org.gtrturbo.policy.Parameters;
import org.gtrturbo.policy.PolicySpec;
import org.gtrturbo.policy.Sampling;
import org.gtrturbo.policy.Scorer;
import org.gtrturbo.policy.SmallPolicy;
import org.gtrturbo.policy.TokenScores;
import org.gtrturbo.policy.device.Compute;
import org.gtrturbo.policy.losses.Estimator;
import org.junit.jupiter.api.Test;

/** A batch is read as the scorer and the value head read each of its turns. */
final class BatchScorerTest {
  // More than are scored at once.
  private static final int TURNS = 150;
  private static final double TEMPERATURE = 0.8;
  private static final double CLOSE = 2e-4;

  private final PolicySpec spec = SmallPolicy.spec();
  private final Parameters policy = SmallPolicy.parameters(spec, 3);
  private final Parameters teacher = SmallPolicy.parameters(spec, 4);
  private final ObservationBatch observations = new ObservationBatch(spec, TURNS);
  private final List<TrainingTurn> turns = turns();

  @Test
  void logProbsAndValuesAreThoseOfThePolicy() {
    TokenScores expected = scores(policy);
    float[] values;
    try (Generator generator = new Generator(spec, 1)) {
      values =
          generator
              .generate(policy, observations, Sampling.GREEDY, Generator.noDraws(spec, TURNS))
              .values();
    }

    List<BatchScorer.Scored> scored = scored(Optional.empty());

    for (int row = 0; row < TURNS; row++) {
      assertThat(scored.get(row).logProbs())
          .containsExactly(expected.logProbs()[row], within((float) CLOSE));
      assertThat(scored.get(row).value()).isCloseTo(values[row], within((float) CLOSE));
      assertThat(scored.get(row).distance()).isZero();
    }
  }

  @Test
  void distancesAreTheMeanOverTheThoughtOfEachTurn() {
    TokenScores student = scores(policy);
    TokenScores taught = scores(teacher);

    List<BatchScorer.Scored> clipped = scored(Optional.of(Estimator.Clip.unbounded()));
    List<BatchScorer.Scored> reverse =
        scored(Optional.of(new Estimator.ReverseKl(spec.vocabularySize())));

    for (int row = 0; row < TURNS; row++) {
      int thought = turns.get(row).written().thoughtTokens();
      double clip = 0;
      double divergence = 0;
      for (int place = 0; place < thought; place++) {
        clip += Math.max(0, student.logProbs()[row][place] - taught.logProbs()[row][place]);
        for (int word = 0; word < spec.vocabularySize(); word++) {
          int at = place * spec.vocabularySize() + word;
          double logProb = student.topLogProbs()[row][at];
          divergence += Math.exp(logProb) * (logProb - taught.topLogProbs()[row][at]);
        }
      }
      int tokens = Math.max(1, thought);
      assertThat(clipped.get(row).distance()).isCloseTo(clip / tokens, within(CLOSE));
      assertThat(reverse.get(row).distance()).isCloseTo(divergence / tokens, within(CLOSE));
    }
  }

  private List<BatchScorer.Scored> scored(Optional<Estimator> estimator) {
    try (var scorer = new BatchScorer(spec, TEMPERATURE, estimator, Compute.cpu(1))) {
      return scorer.score(policy, turns);
    }
  }

  private TokenScores scores(Parameters of) {
    return scores(of, turns);
  }

  private TokenScores scores(Parameters of, List<TrainingTurn> written) {
    try (Scorer scorer = new Scorer(spec, 1)) {
      return scorer.score(
          of,
          observations,
          written.stream().map(turn -> turn.written().tokens()).toArray(int[][]::new),
          written.stream().mapToInt(turn -> turn.written().thoughtTokens()).toArray(),
          0,
          TEMPERATURE);
    }
  }

  /** Some without a thought. */
  private List<TrainingTurn> turns() {
    SplittableRandom random = new SplittableRandom(5);
    List<TrainingTurn> bare = new ArrayList<>();
    for (int row = 0; row < TURNS; row++) {
      int length = 2 + random.nextInt(6);
      byte[] picture = SmallPolicy.picture(spec, random);
      int[] prompt = SmallPolicy.words(spec, spec.text().promptTokens(), random);
      observations.add(picture, prompt);
      bare.add(
          new TrainingTurn(
              picture,
              prompt,
              new TrainingTurn.Written(
                  SmallPolicy.words(spec, length, random), length - 2, new float[length]),
              TrainingTurn.Target.UNKNOWN,
              Optional.empty()));
    }
    TokenScores taught = scores(teacher, bare);
    List<TrainingTurn> guided = new ArrayList<>();
    for (int row = 0; row < TURNS; row++) {
      TrainingTurn turn = bare.get(row);
      guided.add(
          new TrainingTurn(
              turn.picture(),
              turn.prompt(),
              turn.written(),
              turn.target(),
              Optional.of(
                  new TrainingTurn.TeacherSide(
                      taught.logProbs()[row],
                      taught.topTokens()[row],
                      taught.topLogProbs()[row]))));
    }
    return guided;
  }
}
