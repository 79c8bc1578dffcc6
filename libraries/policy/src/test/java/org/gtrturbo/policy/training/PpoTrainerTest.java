package org.gtrturbo.policy.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.assertj.core.data.Offset;
import org.gtrturbo.policy.ObservationBatch;
import org.gtrturbo.policy.Parameters;
import org.gtrturbo.policy.PolicySpec;
import org.gtrturbo.policy.Scorer;
import org.gtrturbo.policy.SmallPolicy;
import org.gtrturbo.policy.TokenScores;
import org.gtrturbo.policy.losses.Estimator;
import org.gtrturbo.policy.losses.Guidance;
import org.gtrturbo.policy.losses.Guidance.Placement;
import org.gtrturbo.policy.losses.Surrogate;
import org.gtrturbo.policy.losses.Surrogate.Ratio;
import org.gtrturbo.policy.losses.ValueLoss;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The losses against an independent computation in Java from the scorer's distributions, the
 * optimizer against AdamW written out in double precision, and what training does to a policy.
 */
final class PpoTrainerTest {
  private static final int TURNS = 6;
  private static final double CLIP = 0.2;
  private static final double THOUGHT = 0.5;
  private static final AdamW OPTIMIZER = new AdamW(0.9, 0.95, 1e-7, 0.01, 1.0);

  private final PolicySpec spec = SmallPolicy.spec();
  private final Parameters policy = SmallPolicy.parameters(spec, 3);
  private final Parameters teacher = SmallPolicy.parameters(spec, 4);
  private final int words = spec.vocabularySize();

  static Stream<PpoSettings> variants() {
    List<PpoSettings> variants = new ArrayList<>();
    for (Ratio ratio : Ratio.values()) {
      for (Guidance guidance :
          List.of(new Guidance.None(), reverse(11), reverse(4), clippedPenalty(ratio))) {
        variants.add(PpoSettings.plain(ratio, CLIP, THOUGHT, guidance));
      }
    }
    variants.add(
        new PpoSettings(
            Surrogate.plain(Ratio.TOKEN, CLIP, THOUGHT),
            new ValueLoss(Optional.of(0.1)),
            0.7,
            new Guidance.None()));
    return variants.stream();
  }

  private static Guidance reverse(int topK) {
    return new Guidance.Distance(Placement.LOSS, new Estimator.ReverseKl(topK));
  }

  private static Guidance clippedPenalty(Ratio ratio) {
    return new Guidance.Distance(
        ratio == Ratio.TOKEN ? Placement.TOKEN_ADVANTAGE : Placement.TURN_ADVANTAGE,
        Estimator.Clip.unbounded());
  }

  /** Of the teacher's words that the loss looks at; 0 where there is no such loss. */
  private static int topK(PpoSettings settings) {
    return settings
        .distanceInUpdate()
        .filter(distance -> distance.placement() == Placement.LOSS)
        .map(distance -> distance.estimator().words())
        .orElse(0);
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("variants")
  void lossesEqualAnIndependentComputation(PpoSettings settings) {
    int topK = topK(settings) == 0 ? words : topK(settings);
    List<TrainingTurn> turns = turns(topK, settings.temperature());
    PpoCoefficients coefficients = new PpoCoefficients(0, 1, 0.5, 0.01, 0.3);
    Update update = update(settings, policy, turns, coefficients);

    Expected expected = new Expected(settings, turns, coefficients.guidance());
    assertThat(report(update, "policy")).isCloseTo(expected.policy(), Offset.offset(2e-4));
    assertThat(report(update, "value")).isCloseTo(expected.value(), Offset.offset(2e-4));
    assertThat(report(update, "entropy")).isCloseTo(expected.entropy(), Offset.offset(2e-4));
    double guidance = 0;
    if (topK(settings) > 0) {
      guidance = expected.divergence(topK);
      assertThat(report(update, "teacherKl")).isCloseTo(guidance, Offset.offset(2e-4));
    }
    double loss =
        expected.policy() + 0.5 * expected.value() - 0.01 * expected.entropy() + 0.3 * guidance;
    assertThat(report(update, "loss")).isCloseTo(loss, Offset.offset(3e-4));
  }

  private static double report(Update update, String name) {
    return Optional.ofNullable(update.report().get(name)).orElseThrow();
  }

  /**
   * What the losses must be, from the scorer's log-probabilities and the formulas in the class
   * document.
   */
  private final class Expected {
    private final PpoSettings settings;
    private final List<TrainingTurn> turns;
    private final double beta;
    private final TokenScores scores;

    Expected(PpoSettings settings, List<TrainingTurn> turns, double beta) {
      this.settings = settings;
      this.turns = turns;
      this.beta = beta;
      this.scores = scores(policy, turns, words, settings.temperature());
    }

    double policy() {
      double sum = 0;
      double weights = 0;
      for (int row = 0; row < turns.size(); row++) {
        var written = turns.get(row).written();
        double advantage = turns.get(row).target().advantage();
        double turnRatio = 0;
        double penalties = 0;
        for (int place = 0; place < written.tokens().length; place++) {
          boolean thought = place < written.thoughtTokens();
          double weight = thought ? THOUGHT : 1;
          double logRatio = scores.logProbs()[row][place] - written.logProbs()[place];
          double penalty = thought ? penalty(row, place) : 0;
          turnRatio += weight * logRatio;
          penalties += penalty;
          if (settings.surrogate().ratio() == Ratio.TOKEN) {
            sum += weight * surrogate(Math.exp(logRatio), advantage - penalty);
            weights += weight;
          }
        }
        if (settings.surrogate().ratio() == Ratio.STEP) {
          double ratio = Math.exp(Math.clamp(turnRatio, -5.0, 5.0));
          sum += surrogate(ratio, advantage - penalties / Math.max(1, written.thoughtTokens()));
          weights += 1;
        }
      }
      return -sum / weights;
    }

    private double penalty(int row, int place) {
      if (topK(settings) > 0 || settings.guidance() instanceof Guidance.None) {
        return 0;
      }
      float teacherLogProb = turns.get(row).teacher().orElseThrow().logProbs()[place];
      return beta * Math.max(0, scores.logProbs()[row][place] - teacherLogProb);
    }

    private double surrogate(double ratio, double advantage) {
      return Math.min(ratio * advantage, Math.clamp(ratio, 1 - CLIP, 1 + CLIP) * advantage);
    }

    double value() {
      // The value head starts from parameters that the scorer does not show: read it by a
      // generator.
      float[] values = values();
      double sum = 0;
      for (int row = 0; row < turns.size(); row++) {
        var target = turns.get(row).target();
        double plain = square(values[row] - target.valueTarget());
        if (settings.value().clip().isPresent()) {
          double limit = settings.value().clip().get();
          double moved = Math.clamp(values[row] - target.valueBefore(), -limit, limit);
          plain = Math.max(plain, square(target.valueBefore() + moved - target.valueTarget()));
        }
        sum += plain;
      }
      return 0.5 * sum / turns.size();
    }

    private double square(double number) {
      return number * number;
    }

    private float[] values() {
      try (var generator = new org.gtrturbo.policy.Generator(spec, 1)) {
        return generator
            .generate(
                policy,
                observations(turns),
                org.gtrturbo.policy.Sampling.GREEDY,
                org.gtrturbo.policy.Generator.noDraws(spec, turns.size()))
            .values();
      }
    }

    double entropy() {
      double sum = 0;
      int tokens = 0;
      for (int row = 0; row < turns.size(); row++) {
        for (int place = 0; place < turns.get(row).written().tokens().length; place++) {
          for (int word = 0; word < words; word++) {
            double logProb = student(row, place, word);
            sum -= Math.exp(logProb) * logProb;
          }
          tokens++;
        }
      }
      return sum / tokens;
    }

    /** KL(π ‖ T) over the teacher's likeliest words, all others as one word. */
    double divergence(int topK) {
      double sum = 0;
      int places = 0;
      for (int row = 0; row < turns.size(); row++) {
        var side = turns.get(row).teacher().orElseThrow();
        for (int place = 0; place < turns.get(row).written().thoughtTokens(); place++) {
          double studentRest = 1;
          double teacherRest = 1;
          for (int rank = 0; rank < topK; rank++) {
            int word = topK == words ? rank : side.topTokens()[place * topK + rank];
            double teacherLogProb = side.topLogProbs()[place * topK + rank];
            double studentLogProb = student(row, place, word);
            sum += Math.exp(studentLogProb) * (studentLogProb - teacherLogProb);
            studentRest -= Math.exp(studentLogProb);
            teacherRest -= Math.exp(teacherLogProb);
          }
          if (topK < words) {
            sum += studentRest * Math.log(studentRest / teacherRest);
          }
          places++;
        }
      }
      return sum / places;
    }

    private double student(int row, int place, int word) {
      return scores.topLogProbs()[row][place * words + word];
    }
  }

  @Test
  void oneStepIsAdamWInDoublePrecision() {
    PpoSettings settings = settings(reverse(words));
    List<TrainingTurn> turns = turns(words, 1);
    PpoCoefficients still = new PpoCoefficients(0, 1, 0.5, 0, 0.3);
    Update first = update(settings, policy, turns, still);
    float[] moment = first.state().groups().getFirst().kept().getFirst().toArray();
    double norm = report(first, "gradientNorm");
    double shrink = Math.min(1, 1 / (norm + 1e-6));

    PpoCoefficients moving = new PpoCoefficients(1e-3, 1, 0.5, 0, 0.3);
    float[] moved = update(settings, policy, turns, moving).state().parameters().toArray();
    float[] before = policy.toArray();
    double sumOfSquares = 0;
    for (int index = 0; index < before.length; index++) {
      double clipped = moment[index] / (1 - 0.9);
      sumOfSquares += clipped * clipped;
      double step = clipped / (Math.abs(clipped) + 1e-7);
      double expected = before[index] * (1 - 1e-3 * 0.01) - 1e-3 * step;
      assertThat((double) moved[index]).isCloseTo(expected, Offset.offset(2e-5));
    }
    assertThat(Math.sqrt(sumOfSquares)).isCloseTo(norm * shrink, Offset.offset(1e-4));
  }

  @Test
  void theSameBatchTrainedTwiceGivesTheSameBits() {
    PpoSettings settings = settings(reverse(words));
    List<TrainingTurn> turns = turns(words, 1);
    PpoCoefficients moving = new PpoCoefficients(1e-3, 1, 0.5, 0, 0.3);

    assertThat(update(settings, policy, turns, moving).state().parameters().toArray())
        .isEqualTo(update(settings, policy, turns, moving).state().parameters().toArray());
  }

  @Test
  void guidanceAloneDrawsThePolicyToItsTeacher() {
    PpoSettings settings = settings(reverse(words));
    List<TrainingTurn> turns = turns(words, 1);
    int[][] minibatches = new int[60][];
    Arrays.fill(minibatches, IntStream.range(0, TURNS).toArray());
    List<PpoCoefficients> coefficients =
        IntStream.range(0, 60).mapToObj(_ -> new PpoCoefficients(3e-3, 0, 0, 0, 1)).toList();
    try (PpoTrainer trainer = new PpoTrainer(spec, settings, TURNS, OPTIMIZER, 1)) {
      TrainingState start = TrainingState.starting(policy);
      double before =
          report(
              trainer.update(
                  start, turns, Arrays.copyOf(minibatches, 1), coefficients.subList(0, 1)),
              "teacherKl");
      TrainingState trained = trainer.update(start, turns, minibatches, coefficients).state();
      double after =
          report(
              trainer.update(
                  trained, turns, Arrays.copyOf(minibatches, 1), coefficients.subList(0, 1)),
              "teacherKl");
      assertThat(after).isLessThan(before / 4);
      assertThat(trained.steps()).isEqualTo(60);
    }
  }

  @Test
  void aTurnWithoutItsTeacherIsRefusedWhereGuidanceIsOn() {
    TrainingTurn guided = turns(words, 1).getFirst();
    TrainingTurn unguided =
        new TrainingTurn(
            guided.picture(), guided.prompt(), guided.written(), guided.target(), Optional.empty());
    List<TrainingTurn> turns = java.util.Collections.nCopies(TURNS, unguided);

    assertThatThrownBy(
            () ->
                update(settings(reverse(words)), policy, turns, new PpoCoefficients(0, 1, 1, 0, 1)))
        .hasMessageContaining("needs its teacher's scores");
  }

  private static PpoSettings settings(Guidance guidance) {
    return PpoSettings.plain(Ratio.TOKEN, CLIP, THOUGHT, guidance);
  }

  private Update update(
      PpoSettings settings,
      Parameters parameters,
      List<TrainingTurn> turns,
      PpoCoefficients coefficients) {
    return update(settings, parameters, turns, coefficients, OPTIMIZER);
  }

  private Update update(
      PpoSettings settings,
      Parameters parameters,
      List<TrainingTurn> turns,
      PpoCoefficients coefficients,
      Optimizer optimizer) {
    try (PpoTrainer trainer = new PpoTrainer(spec, settings, TURNS, optimizer, 1)) {
      return trainer.update(
          TrainingState.starting(parameters),
          turns,
          new int[][] {IntStream.range(0, TURNS).toArray()},
          List.of(coefficients));
    }
  }

  /**
   * Turns whose behaviour log-probabilities are a little off the policy's, so that some ratios are
   * clipped.
   */
  private List<TrainingTurn> turns(int topK, double temperature) {
    SplittableRandom random = new SplittableRandom(21);
    List<TrainingTurn> bare = new ArrayList<>();
    for (int row = 0; row < TURNS; row++) {
      int length = 3 + row % 5;
      bare.add(
          new TrainingTurn(
              SmallPolicy.picture(spec, random),
              SmallPolicy.words(spec, spec.text().promptTokens(), random),
              new TrainingTurn.Written(
                  SmallPolicy.words(spec, length, random), length - 2, new float[length]),
              new TrainingTurn.Target(
                  (float) random.nextGaussian(),
                  (float) random.nextGaussian(),
                  (float) random.nextGaussian()),
              Optional.empty()));
    }
    TokenScores now = scores(policy, bare, words, temperature);
    TokenScores taught = scores(teacher, bare, topK, temperature);
    List<TrainingTurn> turns = new ArrayList<>();
    for (int row = 0; row < TURNS; row++) {
      TrainingTurn turn = bare.get(row);
      float[] behaviour = now.logProbs()[row].clone();
      for (int place = 0; place < behaviour.length; place++) {
        behaviour[place] += (float) (0.3 * random.nextGaussian());
      }
      turns.add(
          new TrainingTurn(
              turn.picture(),
              turn.prompt(),
              new TrainingTurn.Written(
                  turn.written().tokens(), turn.written().thoughtTokens(), behaviour),
              turn.target(),
              Optional.of(
                  new TrainingTurn.TeacherSide(
                      taught.logProbs()[row],
                      taught.topTokens()[row],
                      taught.topLogProbs()[row]))));
    }
    return turns;
  }

  private ObservationBatch observations(List<TrainingTurn> turns) {
    ObservationBatch batch = new ObservationBatch(spec, turns.size());
    turns.forEach(turn -> batch.add(turn.picture(), turn.prompt()));
    return batch;
  }

  /** Distributions at every place; {@code topK} kept at thought places. */
  private TokenScores scores(
      Parameters parameters, List<TrainingTurn> turns, int topK, double temperature) {
    try (Scorer scorer = new Scorer(spec, 1)) {
      int[][] tokens = turns.stream().map(turn -> turn.written().tokens()).toArray(int[][]::new);
      int[] places =
          turns.stream()
              .mapToInt(
                  turn ->
                      parameters == policy
                          ? turn.written().tokens().length
                          : turn.written().thoughtTokens())
              .toArray();
      return scorer.score(parameters, observations(turns), tokens, places, topK, temperature);
    }
  }

  @Test
  void supervisedTrainingLearnsItsTexts() {
    SplittableRandom random = new SplittableRandom(31);
    int size = 32;
    ObservationBatch observations = SmallPolicy.observations(spec, size, random);
    int[][] texts = new int[size][];
    for (int row = 0; row < size; row++) {
      texts[row] = SmallPolicy.words(spec, 3 + row % 4, random);
    }
    int steps = 250;
    int[][] minibatches = new int[steps][];
    Arrays.fill(minibatches, IntStream.range(0, size).toArray());
    float[] rates = new float[steps];
    Arrays.fill(rates, 5e-3f);
    try (SupervisedTrainer trainer =
        new SupervisedTrainer(spec, 8, size, new AdamW(0.9, 0.99, 1e-8, 0, 1), 1)) {
      TrainingState state =
          trainer
              .train(TrainingState.starting(policy), observations, texts, minibatches, rates)
              .state();
      Map<String, Double> last =
          trainer
              .train(
                  state,
                  observations,
                  texts,
                  Arrays.copyOf(minibatches, 1),
                  Arrays.copyOf(rates, 1))
              .report();
      assertThat(last.get("loss")).isLessThan(0.1);
    }
  }
}
