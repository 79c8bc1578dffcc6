package org.gtrturbo.agents;

import java.util.List;
import java.util.Optional;
import org.gtrturbo.events.TeacherScore;
import org.gtrturbo.platform.settings.Settings;
import org.gtrturbo.policy.Generator;
import org.gtrturbo.policy.ObservationBatch;
import org.gtrturbo.policy.Parameters;
import org.gtrturbo.policy.PolicySpec;
import org.gtrturbo.policy.Sampling;
import org.gtrturbo.policy.Scorer;
import org.gtrturbo.policy.device.Compute;

/**
 * What a teacher has to say of turns, as events carry it. Depends on the turns and the teacher
 * alone, so that a turn can be guided anew at any time. Threads may share it.
 */
public sealed interface TeacherGuide extends AutoCloseable permits TeacherScoring, TeacherThoughts {

  /**
   * A turn that was played.
   *
   * @param tokens generated, thought then action
   * @param thoughtTokens how many of them are the thought
   * @param environmentSeed of its episode
   * @param turnIndex within its episode
   */
  record Played(int[] tokens, int thoughtTokens, long environmentSeed, int turnIndex) {}

  /**
   * The guide that the settings ask for; empty where nothing is guided.
   *
   * @throws IllegalArgumentException if it is to name more words than events can
   */
  static Optional<TeacherGuide> of(Settings settings, PolicySpec spec, Compute compute) {
    if (settings.guidance().kind() == Settings.Guidance.SFT) {
      return Optional.of(
          new TeacherThoughts(
              spec,
              new Generator(spec, compute),
              Sampling.at(settings.guidance().thoughts().temperature()),
              new Draws(settings.run().seed(), Draws.Purpose.TEACHER_THOUGHTS)));
    }
    return TeacherScoring.Carried.by(settings.guidance(), spec.vocabularySize())
        .map(
            carried ->
                new TeacherScoring(
                    new Scorer(spec, compute), carried, settings.actor().temperature()));
  }

  /**
   * The teacher's side of some turns, in their order.
   *
   * @param version of the teacher
   * @param observations those of the turns, in their order
   */
  List<TeacherScore> guide(
      long version, Parameters teacher, ObservationBatch observations, List<Played> turns);

  /** Frees its sessions. */
  @Override
  void close();
}
