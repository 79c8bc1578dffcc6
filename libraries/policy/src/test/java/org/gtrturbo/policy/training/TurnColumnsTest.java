package org.gtrturbo.policy.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.onnxruntime.OnnxTensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.gtrturbo.policy.ObservationBatch;
import org.gtrturbo.policy.Parameters;
import org.gtrturbo.policy.PolicySpec;
import org.gtrturbo.policy.Scorer;
import org.gtrturbo.policy.SmallPolicy;
import org.gtrturbo.policy.TokenScores;
import org.gtrturbo.policy.losses.Divergence;
import org.gtrturbo.policy.losses.Estimator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What the teacher says reaches the graph as it said it, however many words there are. */
final class TurnColumnsTest {
  private static final int TOP_K = 7;

  private static PolicySpec spec(int words) {
    PolicySpec small = SmallPolicy.spec();
    List<String> all = new ArrayList<>(small.text().words());
    while (all.size() < words) {
      all.add("w" + all.size());
    }
    return new PolicySpec(
        small.picture(),
        new PolicySpec.TextSpec(all, small.text().promptTokens(), small.text().generatedTokens()),
        small.network());
  }

  @Test
  void theLikeliestOfVeryManyWordsArriveAsThoseThatTheyAre() {
    PolicySpec spec = spec(40_000);
    SplittableRandom random = new SplittableRandom(2);
    Parameters teacher = SmallPolicy.parameters(spec, 4);
    ObservationBatch observations = SmallPolicy.observations(spec, 1, random);
    int[][] tokens = {SmallPolicy.words(spec, 8, random)};
    TokenScores whole;
    TokenScores likeliest;
    try (Scorer scorer = new Scorer(spec, 1)) {
      whole = scorer.score(teacher, observations, tokens, new int[] {8}, 0, 1);
      likeliest = scorer.score(teacher, observations, tokens, new int[] {8}, TOP_K, 1);
    }
    TrainingTurn turn =
        turn(
            spec,
            tokens[0],
            new TrainingTurn.TeacherSide(
                likeliest.logProbs()[0], likeliest.topTokens()[0], likeliest.topLogProbs()[0]));

    long[] arrived = topTokens(spec, turn);

    assertThat(arrived).containsExactly(likeliest(whole.topLogProbs()[0], spec.vocabularySize()));
    assertThat(Arrays.stream(arrived).max().orElseThrow()).isGreaterThan(Short.MAX_VALUE);
  }

  private static long[] topTokens(PolicySpec spec, TrainingTurn turn) {
    TurnColumns columns = new TurnColumns(spec);
    Map<String, OnnxTensor> filled =
        columns.fill(
            columns.teacher(new Estimator.ReverseKl(TOP_K), turn.written().tokens().length),
            List.of(turn));
    try {
      var buffer = filled.get(Divergence.TEACHER_TOP_TOKENS).getLongBuffer();
      long[] numbers = new long[buffer.remaining()];
      buffer.get(numbers);
      return numbers;
    } finally {
      filled.values().forEach(OnnxTensor::close);
    }
  }

  /** At each place the words of the highest log-probabilities, the highest first. */
  private static long[] likeliest(float[] logProbs, int words) {
    return IntStream.range(0, logProbs.length / words)
        .boxed()
        .flatMap(
            place ->
                IntStream.range(0, words)
                    .boxed()
                    .sorted(Comparator.comparingDouble(word -> -logProbs[place * words + word]))
                    .limit(TOP_K))
        .mapToLong(Integer::longValue)
        .toArray();
  }

  /** The default batch of turns, each of 22 places: the bytes are more than an int can say. */
  @ParameterizedTest
  @ValueSource(ints = {11_916, 23_832, 152_000})
  void moreThanATensorHoldsIsRefusedWithTheSettingsThatMakeItLess(int words) {
    PolicySpec spec = spec(words);
    TurnColumns columns = new TurnColumns(spec);
    TrainingTurn turn =
        turn(
            spec,
            new int[] {2, 1},
            new TrainingTurn.TeacherSide(new float[2], new int[0], new float[0]));
    List<TrainingTurn> turns = Collections.nCopies(2048, turn);
    List<TrainingLoop.Column> whole = columns.teacher(new Estimator.ReverseKl(words), 22);

    assertThatThrownBy(() -> columns.fill(whole, turns))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("teacherTop of 2048 turns at once, (22×" + words + ") of FLOAT each")
        .hasMessageContaining("needs " + 4L * 2048 * 22 * words + " bytes")
        .hasMessageContaining("guidance.topK")
        .hasMessageContaining("learner.turnsPerUpdate");
  }

  private static TrainingTurn turn(
      PolicySpec spec, int[] tokens, TrainingTurn.TeacherSide teacher) {
    return new TrainingTurn(
        new byte[spec.picture().pixels()],
        new int[spec.text().promptTokens()],
        new TrainingTurn.Written(tokens, tokens.length - 1, new float[tokens.length]),
        TrainingTurn.Target.UNKNOWN,
        Optional.of(teacher));
  }
}
