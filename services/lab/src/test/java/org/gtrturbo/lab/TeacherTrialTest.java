package org.gtrturbo.lab;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.LongStream;
import org.gtrturbo.agents.PolicySpecs;
import org.gtrturbo.environments.Environments;
import org.gtrturbo.environments.Rendering;
import org.gtrturbo.events.SampleEvents;
import org.gtrturbo.events.Teacher;
import org.gtrturbo.platform.settings.Settings;
import org.gtrturbo.platform.settings.SettingsReader;
import org.gtrturbo.policy.Parameters;
import org.gtrturbo.policy.PolicySpec;
import org.gtrturbo.policy.Sampling;
import org.gtrturbo.policy.VisionLanguageModel;
import org.junit.jupiter.api.Test;

/** Every teacher of a rule plays the same episodes, and the last one more of them. */
class TeacherTrialTest {
  private static final Settings SETTINGS =
      SettingsReader.read(
          Optional.empty(),
          Optional.of("numberline"),
          List.of("policy.width=16", "policy.heads=2", "policy.layers=1", "policy.feedForward=16"));
  private static final PolicySpec SPEC =
      PolicySpecs.of(
          Environments.named("numberline", Rendering.SMALL, 0).spec(), SETTINGS.policy());
  private static final double TEMPERATURE = 0.7;
  private static final int EPISODES = 6;

  @Test
  void everyTeacherPlaysAndTheLastOneEightTimesAsMuch() {
    List<Teacher> teachers = List.of(teacher(0), teacher(2), teacher(4));
    Set<Long> loaded = ConcurrentHashMap.newKeySet();
    try (var evaluator = Evaluator.of(SETTINGS, SPEC, 1)) {
      TeacherTrial trial =
          TeacherTrial.of(
              "sma", teachers, new RandomTeachers(loaded), evaluator, TEMPERATURE, EPISODES, 2);

      assertThat(loaded).containsExactlyInAnyOrder(0L, 2L, 4L);
      assertThat(trial.teachers())
          .containsExactly(
              tried(evaluator, 0, EPISODES),
              tried(evaluator, 2, EPISODES),
              tried(evaluator, 4, 8 * EPISODES));
      assertThat(trial.curve())
          .isEqualTo(
              new LearningCurve(
                  "sma",
                  trial.teachers().stream()
                      .map(each -> new CurvePoint(each.turns(), each.sampled().success()))
                      .toList()));
    }
  }

  @Test
  void onlyMilestonesAndTheLastTeacherPlayGreedily() {
    List<Teacher> teachers = LongStream.range(0, 24).mapToObj(TeacherTrialTest::teacher).toList();
    try (var evaluator = Evaluator.of(SETTINGS, SPEC, 1)) {
      TeacherTrial trial =
          TeacherTrial.of(
              "sma",
              teachers,
              new RandomTeachers(ConcurrentHashMap.newKeySet()),
              evaluator,
              TEMPERATURE,
              1,
              2);

      assertThat(trial.teachers()).hasSize(24);
      assertThat(trial.milestones())
          .extracting(TeacherTrial.Tried::version)
          .containsExactly(0L, 3L, 6L, 9L, 12L, 15L, 18L, 21L, 23L);
    }
  }

  @Test
  void aRuleWithoutTeachersHasNothingToShow() {
    try (var evaluator = Evaluator.of(SETTINGS, SPEC, 1)) {
      TeacherTrial trial =
          TeacherTrial.of(
              "ema",
              List.of(),
              new RandomTeachers(ConcurrentHashMap.newKeySet()),
              evaluator,
              TEMPERATURE,
              EPISODES,
              2);

      assertThat(trial.teachers()).isEmpty();
      assertThat(trial.curve().points()).isEmpty();
    }
  }

  private record RandomTeachers(Set<Long> loaded) implements TeacherTrial.Stage {
    @Override
    public long turns(long version) {
      return 100 * version;
    }

    @Override
    public Parameters weights(Teacher teacher) {
      loaded.add(teacher.getVersion());
      return TeacherTrialTest.weights(teacher.getVersion());
    }
  }

  private static TeacherTrial.Tried tried(Evaluator evaluator, long version, int episodes) {
    return new TeacherTrial.Tried(
        version,
        100 * version,
        evaluator.evaluate(weights(version), Sampling.at(TEMPERATURE), episodes),
        Optional.of(evaluator.evaluate(weights(version), Sampling.GREEDY, episodes)));
  }

  private static Parameters weights(long version) {
    return VisionLanguageModel.initialise(SPEC, 11 + version);
  }

  private static Teacher teacher(long version) {
    return SampleEvents.teacher("demo", version, version, Instant.EPOCH);
  }
}
