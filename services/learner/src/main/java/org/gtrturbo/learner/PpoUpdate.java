package org.gtrturbo.learner;

import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import org.gtrturbo.agents.Computing;
import org.gtrturbo.agents.Draws;
import org.gtrturbo.events.TeacherScore;
import org.gtrturbo.events.Turn;
import org.gtrturbo.learner.Batch.Episode;
import org.gtrturbo.platform.settings.Settings;
import org.gtrturbo.platform.settings.Settings.LearnerSettings;
import org.gtrturbo.policy.PolicySpec;
import org.gtrturbo.policy.training.PpoCoefficients;
import org.gtrturbo.policy.training.PpoSettings;
import org.gtrturbo.policy.training.PpoTrainer;
import org.gtrturbo.policy.training.TrainingRuntime;
import org.gtrturbo.policy.training.TrainingState;
import org.gtrturbo.policy.training.TrainingTurn;
import org.gtrturbo.policy.training.TrainingTurn.TeacherSide;
import org.gtrturbo.policy.training.Update;

/**
 * One update of GTR-Turbo (arXiv 2512.13043, algorithm 2): advantages of whole episodes, normalised
 * over the batch; then PPO with the merged teacher's guidance on thought tokens, some epochs over
 * the batch in minibatches.
 *
 * <p>The batch is trained on in the order of partition and offset, so the result depends on what is
 * in it and not on the order in which it was read.
 */
final class PpoUpdate implements AutoCloseable {
  private final Advantages advantages;
  private final Schedule schedule;
  private final Minibatches minibatches;
  private final PpoSettings.Guidance guidance;
  private final TurnInputs inputs;
  private final PpoTrainer trainer;

  PpoUpdate(PolicySpec spec, Settings settings) {
    LearnerSettings learner = settings.learner();
    this.advantages = Advantages.of(learner);
    this.schedule = Schedule.of(settings);
    this.minibatches =
        new Minibatches(
            new Draws(settings.run().seed(), Draws.Purpose.MINIBATCHES),
            learner.epochs(),
            learner.minibatch());
    this.guidance = guidance(settings.guidance(), spec);
    this.inputs = new TurnInputs(spec);
    this.trainer =
        new PpoTrainer(
            spec,
            ppoSettings(settings, guidance),
            learner.minibatch(),
            TrainingSetups.of(settings, spec),
            TrainingRuntime.on(Computing.learner(settings)));
  }

  /**
   * Makes the next version.
   *
   * @param version that is made, from 1
   * @param turnsBefore turns trained on by the updates before
   */
  Update update(TrainingState state, List<Episode> episodes, long version, long turnsBefore) {
    List<TrainingTurn> turns = trainingTurns(episodes);
    int[][] steps = minibatches.of(version, turns.size());
    PpoCoefficients coefficients = schedule.at(version, turnsBefore);
    return trainer.update(state, turns, steps, Collections.nCopies(steps.length, coefficients));
  }

  private record Estimated(PlacedTurn placed, Advantages.Estimate estimate) {}

  /** The turns with their advantages, in the order of partition and offset. */
  private List<TrainingTurn> trainingTurns(List<Episode> episodes) {
    List<Estimated> turns = new ArrayList<>();
    for (Episode episode : episodes) {
      var estimates =
          advantages.estimate(episode.turns().stream().map(PpoUpdate::outcome).toList());
      for (int index = 0; index < estimates.length; index++) {
        turns.add(new Estimated(episode.turns().get(index), estimates[index]));
      }
    }
    turns.sort(Comparator.comparing(Estimated::placed, PlacedTurn.BY_PLACE));
    double[] normalised =
        Advantages.normalised(
            turns.stream().mapToDouble(each -> each.estimate().advantage()).toArray());
    List<TrainingTurn> training = new ArrayList<>(turns.size());
    for (int place = 0; place < normalised.length; place++) {
      Turn turn = turns.get(place).placed().turn();
      TrainingTurn.Target target =
          new TrainingTurn.Target(
              (float) normalised[place],
              (float) turns.get(place).estimate().valueTarget(),
              turn.getValueEstimate());
      training.add(trainingTurn(turn, target));
    }
    return training;
  }

  private static Advantages.Outcome outcome(PlacedTurn placed) {
    Turn turn = placed.turn();
    return new Advantages.Outcome(turn.getReward(), turn.getValueEstimate(), turn.getFormatted());
  }

  private TrainingTurn trainingTurn(Turn turn, TrainingTurn.Target target) {
    return new TrainingTurn(
        TurnInputs.pixels(turn),
        inputs.prompt(turn),
        new TrainingTurn.Written(
            TurnInputs.tokens(turn), turn.getThoughtTokens(), Numbers.floats(turn.getLogProbs())),
        target,
        guidance instanceof PpoSettings.Guidance.None
            ? Optional.empty()
            : turn.getTeacher().map(PpoUpdate::teacherSide));
  }

  private static TeacherSide teacherSide(TeacherScore score) {
    return new TeacherSide(
        Numbers.floats(score.getLogProbs()),
        Numbers.shorts(score.getTopTokens()),
        Numbers.floats(score.getTopLogProbs()));
  }

  private static PpoSettings ppoSettings(Settings settings, PpoSettings.Guidance guidance) {
    LearnerSettings learner = settings.learner();
    return new PpoSettings(
        switch (learner.ratio()) {
          case TOKEN -> PpoSettings.Ratio.TOKEN;
          case STEP -> PpoSettings.Ratio.STEP;
        },
        learner.clip(),
        learner.thoughtCoefficient(),
        learner.valueClip() > 0 ? Optional.of(learner.valueClip()) : Optional.empty(),
        settings.actor().temperature(),
        guidance);
  }

  /** A top k of 0, or of more words than there are, is the whole vocabulary. */
  static PpoSettings.Guidance guidance(Settings.GuidanceSettings settings, PolicySpec spec) {
    int words = spec.vocabularySize();
    return switch (settings.kind()) {
      case NONE -> new PpoSettings.Guidance.None();
      case CLIPPED_PENALTY -> new PpoSettings.Guidance.ClippedPenalty();
      case KL_LOSS ->
          new PpoSettings.Guidance.KlLoss(
              settings.topK() == 0 ? words : Math.min(settings.topK(), words));
    };
  }

  @Override
  public void close() {
    trainer.close();
  }
}
