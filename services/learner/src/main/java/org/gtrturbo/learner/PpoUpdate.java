package org.gtrturbo.learner;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.gtrturbo.agents.Computing;
import org.gtrturbo.agents.Draws;
import org.gtrturbo.events.TeacherScore;
import org.gtrturbo.events.Turn;
import org.gtrturbo.learner.Advantages.Estimate;
import org.gtrturbo.learner.Advantages.Outcome;
import org.gtrturbo.learner.Batch.Episode;
import org.gtrturbo.platform.settings.OffPolicySettings.AdvantageEstimate;
import org.gtrturbo.platform.settings.Settings;
import org.gtrturbo.platform.settings.Settings.LearnerSettings;
import org.gtrturbo.policy.PolicySpec;
import org.gtrturbo.policy.losses.Guidance;
import org.gtrturbo.policy.losses.Guidance.Placement;
import org.gtrturbo.policy.training.BatchScorer;
import org.gtrturbo.policy.training.BatchScorer.Scored;
import org.gtrturbo.policy.training.PpoCoefficients;
import org.gtrturbo.policy.training.PpoSettings;
import org.gtrturbo.policy.training.PpoTrainer;
import org.gtrturbo.policy.training.TrainingRuntime;
import org.gtrturbo.policy.training.TrainingState;
import org.gtrturbo.policy.training.TrainingTurn;
import org.gtrturbo.policy.training.TrainingTurn.Lesson;
import org.gtrturbo.policy.training.TrainingTurn.TeacherSide;
import org.gtrturbo.policy.training.Update;

/**
 * One update of GTR-Turbo (arXiv 2512.13043, algorithm 2): advantages of whole episodes, normalised
 * over the batch; then PPO with the merged teacher's guidance on thought tokens, some epochs over
 * the batch in minibatches.
 *
 * <p>Where something before the first step depends on the policy in training (the proximal policy
 * of decoupled PPO, V-trace, a distance in reward or return), the batch is read once with it.
 *
 * <p>The batch is trained on in the order of partition and offset, so the result depends on what is
 * in it and not on the order in which it was read.
 */
final class PpoUpdate implements AutoCloseable {
  private static final String TEACHER_KL = "teacherKl";

  private final LearnerSettings learner;
  private final double beta;
  private final TurnEstimator estimator;
  private final Schedule schedule;
  private final Minibatches minibatches;
  private final Lessons lessons;
  private final PpoSettings losses;
  private final TurnInputs inputs;
  private final PpoTrainer trainer;
  private final Optional<BatchScorer> scorer;

  PpoUpdate(PolicySpec spec, Settings settings) {
    this.learner = settings.learner();
    this.beta = settings.guidance().coefficient();
    this.estimator = TurnEstimator.of(learner);
    this.schedule = Schedule.of(settings);
    long seed = settings.run().seed();
    this.minibatches =
        new Minibatches(
            new Draws(seed, Draws.Purpose.MINIBATCHES), learner.epochs(), learner.minibatch());
    this.lessons = new Lessons(new Draws(seed, Draws.Purpose.LESSONS), learner.epochs());
    this.losses = Losses.of(settings, spec);
    this.inputs = new TurnInputs(spec);
    this.trainer =
        new PpoTrainer(
            spec,
            losses,
            learner.minibatch(),
            TrainingSetups.of(settings, spec),
            TrainingRuntime.on(Computing.learner(settings)));
    this.scorer =
        isReadBefore()
            ? Optional.of(
                new BatchScorer(
                    spec,
                    losses.temperature(),
                    distanceBefore().map(Guidance.Distance::estimator),
                    Computing.learner(settings)))
            : Optional.empty();
  }

  private boolean isReadBefore() {
    return isDecoupled() || isTraced() || distanceBefore().isPresent();
  }

  private boolean isDecoupled() {
    return losses.surrogate().decoupling().isPresent();
  }

  private boolean isTraced() {
    return learner.offPolicy().advantages() == AdvantageEstimate.V_TRACE;
  }

  /** A distance that enters before advantages are normalised. */
  private Optional<Guidance.Distance> distanceBefore() {
    return losses.guidance() instanceof Guidance.Distance distance
            && !distance.placement().isInUpdate()
        ? Optional.of(distance)
        : Optional.empty();
  }

  private boolean isPlacedIn(Placement placement) {
    return distanceBefore().filter(distance -> distance.placement() == placement).isPresent();
  }

  /** Makes the next version where nothing is learned but the batch. */
  Update update(TrainingState state, List<Episode> episodes, long version, long turnsBefore) {
    return update(state, episodes, List.of(), version, turnsBefore);
  }

  /**
   * Makes the next version.
   *
   * @param thoughts that may be learned beside the batch; looked at where thoughts are
   * @param version that is made, from 1
   * @param turnsBefore turns trained on by the updates before
   */
  Update update(
      TrainingState state,
      List<Episode> episodes,
      List<Lesson> thoughts,
      long version,
      long turnsBefore) {
    List<Considered> turns = considered(state, episodes);
    List<TrainingTurn> worth = worth(turns, estimates(episodes, turns));
    int[][] steps = minibatches.of(version, worth.size());
    PpoCoefficients coefficients = schedule.at(version, turnsBefore);
    boolean taught = losses.guidance() instanceof Guidance.Thoughts;
    Update update =
        trainer.update(
            state,
            taught ? lessons.beside(worth, thoughts, version) : worth,
            taught ? lessons.over(steps, worth.size()) : steps,
            Collections.nCopies(steps.length, coefficients));
    return distanceBefore().isPresent() ? reporting(update, turns) : update;
  }

  /**
   * A turn of the batch.
   *
   * @param turn not judged yet
   * @param scored by the policy in training, where it is read before
   */
  private record Considered(PlacedTurn placed, TrainingTurn turn, Optional<Scored> scored) {
    double distance() {
      return scored.map(Scored::distance).orElse(0.0);
    }
  }

  /** The turns in the order of partition and offset. */
  private List<Considered> considered(TrainingState state, List<Episode> episodes) {
    List<PlacedTurn> placed =
        episodes.stream()
            .flatMap(episode -> episode.turns().stream())
            .sorted(PlacedTurn.BY_PLACE)
            .toList();
    List<TrainingTurn> turns = placed.stream().map(each -> trainingTurn(each.turn())).toList();
    Optional<List<Scored>> scored = scorer.map(reading -> reading.score(state.parameters(), turns));
    List<Considered> considered = new ArrayList<>(placed.size());
    for (int place = 0; place < placed.size(); place++) {
      TrainingTurn turn = turns.get(place);
      int row = place;
      Optional<Scored> now = scored.map(all -> all.get(row));
      considered.add(
          new Considered(
              placed.get(place),
              isDecoupled() ? turn.near(now.orElseThrow().logProbs()) : turn,
              now));
    }
    return considered;
  }

  private record Place(int partition, long offset) {
    static Place of(PlacedTurn turn) {
      return new Place(turn.partition(), turn.offset());
    }
  }

  /** By place in the batch. */
  private Estimate[] estimates(List<Episode> episodes, List<Considered> turns) {
    Map<Place, Integer> places = new HashMap<>();
    for (int place = 0; place < turns.size(); place++) {
      places.put(Place.of(turns.get(place).placed()), place);
    }
    Estimate[] estimates = new Estimate[turns.size()];
    for (Episode episode : episodes) {
      List<Integer> ofEpisode = episode.turns().stream().map(Place::of).map(places::get).toList();
      Estimate[] all =
          estimator.estimate(ofEpisode.stream().map(place -> outcome(turns.get(place))).toList());
      for (int index = 0; index < all.length; index++) {
        int place = ofEpisode.get(index);
        estimates[place] = all[index].less(takenOffReturn(turns.get(place)));
      }
    }
    return estimates;
  }

  private Outcome outcome(Considered considered) {
    Turn turn = considered.placed().turn();
    double penalty = isPlacedIn(Placement.REWARD) ? beta * considered.distance() : 0;
    double reward = turn.getReward() - penalty;
    if (!isTraced()) {
      return new Outcome(reward, turn.getValueEstimate(), turn.getFormatted());
    }
    Scored now = considered.scored().orElseThrow();
    return new Outcome(reward, now.value(), turn.getFormatted(), ratio(considered.turn(), now));
  }

  /** Of the whole turn's probability now to that when it was played. */
  private static double ratio(TrainingTurn turn, Scored now) {
    double log = 0;
    for (int token = 0; token < now.logProbs().length; token++) {
      log += (double) now.logProbs()[token] - turn.written().logProbs()[token];
    }
    return Math.exp(log);
  }

  private double takenOffReturn(Considered considered) {
    return isPlacedIn(Placement.RETURN) ? learner.rewardScale() * beta * considered.distance() : 0;
  }

  /** The turns with normalised advantages. */
  private static List<TrainingTurn> worth(List<Considered> turns, Estimate[] estimates) {
    double[] advantages = new double[estimates.length];
    for (int place = 0; place < estimates.length; place++) {
      advantages[place] = estimates[place].advantage();
    }
    double[] normalised = Advantages.normalised(advantages);
    List<TrainingTurn> worth = new ArrayList<>(turns.size());
    for (int place = 0; place < normalised.length; place++) {
      Considered considered = turns.get(place);
      worth.add(
          considered
              .turn()
              .worth(
                  new TrainingTurn.Target(
                      (float) normalised[place],
                      (float) estimates[place].valueTarget(),
                      considered.placed().turn().getValueEstimate())));
    }
    return worth;
  }

  /** The trainer knows of no distance that has entered before it. */
  private static Update reporting(Update update, List<Considered> turns) {
    Map<String, Double> report = new LinkedHashMap<>(update.report());
    report.put(TEACHER_KL, turns.stream().mapToDouble(Considered::distance).average().orElse(0));
    return new Update(update.state(), report);
  }

  private TrainingTurn trainingTurn(Turn turn) {
    return new TrainingTurn(
        TurnInputs.pixels(turn),
        inputs.prompt(turn),
        new TrainingTurn.Written(
            TurnInputs.tokens(turn), turn.getThoughtTokens(), Numbers.floats(turn.getLogProbs())),
        TrainingTurn.Target.UNKNOWN,
        losses.guidance() instanceof Guidance.Distance
            ? turn.getTeacher().map(PpoUpdate::teacherSide)
            : Optional.empty());
  }

  private static TeacherSide teacherSide(TeacherScore score) {
    return new TeacherSide(
        Numbers.floats(score.getLogProbs()),
        Numbers.tokens(score.getTopTokens()),
        Numbers.floats(score.getTopLogProbs()));
  }

  @Override
  public void close() {
    try (trainer) {
      scorer.ifPresent(BatchScorer::close);
    }
  }
}
