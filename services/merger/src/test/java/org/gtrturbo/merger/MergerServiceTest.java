package org.gtrturbo.merger;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;
import static org.awaitility.Awaitility.await;

import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.errors.FencedInstanceIdException;
import org.gtrturbo.events.Checkpoint;
import org.gtrturbo.events.DecisionKind;
import org.gtrturbo.events.Teacher;
import org.gtrturbo.events.Topic;
import org.gtrturbo.platform.blobs.FolderBlobStore;
import org.gtrturbo.platform.blobs.MissingBlobException;
import org.gtrturbo.platform.kafka.EventReader;
import org.gtrturbo.platform.settings.SettingsReader;
import org.gtrturbo.policy.Parameters;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

/** The merger on a real broker: killed, without its state, with other settings. */
@Execution(ExecutionMode.CONCURRENT)
class MergerServiceTest {
  private static final MergePlan PLAN = MergePlans.of(MergerVictim.SETTINGS.teacher()).getFirst();
  private static final String MAX_MESSAGE_BYTES = "max.message.bytes";
  private static final Duration PATIENCE = LiveRun.PATIENCE;

  @TempDir Path folder;

  @Test
  void aMergerThatIsKilledAndLosesItsStateLeavesAChainWithoutGapOrDouble() throws Exception {
    try (var run = new LiveRun(folder, "teacher.normJump=2")) {
      Process first = run.victim("state");
      run.publish(0, 1, 2);
      run.awaitTeacher(2);
      LiveRun.kill(first);

      run.publish(3, 4);
      Process second = run.victim("state");
      run.awaitTeacher(3);
      LiveRun.kill(second);

      Process third = run.victim("another-state");
      run.awaitTeacher(4);
      // Held against the updates that the mergers before have seen; the way back is as far.
      run.publish(jumped(5));
      run.publish(6, 7);
      run.awaitTeacher(7);
      LiveRun.kill(third);

      try (var last = run.merger("state")) {
        run.publish(jumped(8));
        run.publish(9, 10);
        run.awaitTeacher(10);
        assertThat(hasMerged(run, 11)).isFalse();
        run.publish(jumped(11));
        await().atMost(PATIENCE).until(() -> hasMerged(run, 11));
        last.throwIfFailed();
      }

      assertThat(run.announced())
          .extracting(Teacher::getVersion, Teacher::getHash)
          .containsExactlyElementsOf(
              new RecordedRun(new FolderBlobStore(folder.resolve("undisturbed")))
                  .undisturbed(PLAN, 4 << 20, 0, 1, 2, 3, 4, 7, 10).stream()
                      .map(t -> tuple(t.getVersion(), t.getHash()))
                      .toList());
    }
  }

  private static boolean hasMerged(LiveRun run, long newest) {
    return MergerService.hasMerged(
        run.cluster(), RecordedRun.TOPICS, MergerVictim.SETTINGS.teacher(), newest);
  }

  private Checkpoint jumped(long version) {
    var run = new RecordedRun(new FolderBlobStore(folder.resolve("blobs")));
    Parameters parameters = RecordedRun.parameters(version);
    float[] values = parameters.toArray();
    for (int index = 0; index < values.length; index++) {
      values[index] *= 100;
    }
    return run.checkpoint(version, RecordedRun.SPEC, Parameters.of(parameters.layout(), values));
  }

  @Test
  void aMergerThatWasClosedGoesOnWhereItStopped() throws Exception {
    try (var run = new LiveRun(folder)) {
      try (var merger = run.merger("state")) {
        run.publish(0, 1);
        run.awaitTeacher(1);
        merger.throwIfFailed();
      }
      run.publish(2);
      try (var merger = run.merger("state")) {
        run.awaitTeacher(2);
        merger.throwIfFailed();
      }

      assertThat(run.announced()).extracting(Teacher::getVersion).containsExactly(0L, 1L, 2L);
    }
  }

  @Test
  void aRecordOfTheLargestSizeThatIsNoCheckpointIsKeptWhole() throws Exception {
    int most = Integer.parseInt(maxMessageBytes(RecordedRun.TOPICS.checkpoints()));
    // Without what compressing adds to what cannot be compressed.
    byte[] garbage = new byte[most - (16 << 10)];
    new SplittableRandom(1).nextBytes(garbage);
    try (var run = new LiveRun(folder);
        var merger = run.merger("state")) {
      run.publish(0);
      run.publishBytes(garbage);
      run.publish(1);
      run.awaitTeacher(1);
      merger.throwIfFailed();

      var kept = EventReader.latest(run.cluster(), RecordedRun.TOPICS.deadLetters()).orElseThrow();
      assertThat(kept.key()).isEqualTo("gtr.recorded.checkpoints-0@1");
      assertThat(kept.value().getValue()).contains(ByteBuffer.wrap(garbage));
    }
  }

  @Test
  void theMergersStateTakesTeachersAsLargeAsTheirTopicDoes() throws Exception {
    var changelog =
        new ConfigResource(
            ConfigResource.Type.TOPIC,
            "gtr-" + RecordedRun.NAME + "-merger-" + MergerTopology.STORE + "-changelog");
    try (var run = new LiveRun(folder);
        var merger = run.merger("state");
        var admin = run.cluster().admin("test")) {
      run.publish(0);
      run.awaitTeacher(0);
      merger.throwIfFailed();

      var config = admin.describeConfigs(List.of(changelog)).all().get().get(changelog);
      assertThat(config.get(MAX_MESSAGE_BYTES).value())
          .isEqualTo(maxMessageBytes(RecordedRun.TOPICS.teachers()));
    }
  }

  private static String maxMessageBytes(Topic<?> topic) {
    return topic.config().getOrDefault(MAX_MESSAGE_BYTES, "that of the broker");
  }

  @Test
  void aDecisionHasTheTeachersBehindItMadeAnewWhoeverReadsIt() throws Exception {
    try (var run = new LiveRun(folder)) {
      try (var merger = run.merger("state")) {
        run.publish(0, 1, 2, 3);
        run.awaitTeacher(3);
        run.decide(DecisionKind.EXCLUDE, 2);
        run.awaitRevision(1, 3);
        merger.throwIfFailed();
      }
      run.decide(DecisionKind.EXCLUDE, 1);
      try (var merger = run.merger("another-state")) {
        run.awaitRevision(2, 3);
        merger.throwIfFailed();
      }

      assertThat(run.announced())
          .extracting(Teacher::getRevision, Teacher::getVersion)
          .containsExactly(
              tuple(0L, 0L),
              tuple(0L, 1L),
              tuple(0L, 2L),
              tuple(0L, 3L),
              tuple(1L, 1L),
              tuple(1L, 3L),
              tuple(2L, 0L),
              tuple(2L, 3L));
      Teacher expected =
          new RecordedRun(new FolderBlobStore(folder.resolve("undisturbed")))
              .undisturbed(PLAN, 4 << 20, 0, 3)
              .getLast();
      assertThat(run.announced().getLast().getTensors()).isEqualTo(expected.getTensors());
    }
  }

  @Test
  void aSecondMergerTakesOverAndTheFirstFails() throws Exception {
    try (var run = new LiveRun(folder);
        var first = run.merger("state")) {
      run.publish(0);
      run.awaitTeacher(0);
      try (var second = run.merger("another-state")) {
        await().atMost(PATIENCE).until(() -> first.ended().isCompletedExceptionally());
        run.publish(1);
        run.awaitTeacher(1);
        second.throwIfFailed();
      }

      assertThat(run.announced()).extracting(Teacher::getVersion).containsExactly(0L, 1L);
      assertThatThrownBy(first::throwIfFailed)
          .isInstanceOf(MergerFailedException.class)
          .hasCauseInstanceOf(FencedInstanceIdException.class);
    }
  }

  @Test
  void aMergerWhoseTeacherIsGoneFromTheBlobsFails() throws Exception {
    try (var run = new LiveRun(folder)) {
      try (var merger = run.merger("state")) {
        run.publish(0);
        run.awaitTeacher(0);
        merger.throwIfFailed();
      }
      try (var merger =
          MergerService.start(
              MergerVictim.SETTINGS,
              run.cluster(),
              new FolderBlobStore(folder.resolve("empty")),
              folder.resolve("state"))) {
        await().atMost(PATIENCE).until(() -> merger.ended().isCompletedExceptionally());

        assertThatThrownBy(merger::throwIfFailed)
            .isInstanceOf(MergerFailedException.class)
            .hasMessageStartingWith("the merger has stopped: blob")
            .hasCauseInstanceOf(MissingBlobException.class);
      }
    }
  }

  @Test
  void otherMergeSettingsAreRefusedAtTheStart() throws Exception {
    try (var run = new LiveRun(folder)) {
      try (var merger = run.merger("state")) {
        run.publish(0);
        run.awaitTeacher(0);
        merger.throwIfFailed();
      }
      var other =
          SettingsReader.read(
              Optional.empty(),
              Optional.empty(),
              List.of(
                  "run.name=" + RecordedRun.NAME,
                  "kafka.trajectoryPartitions=1",
                  "teacher.rule=sma"));

      assertThatThrownBy(
              () -> MergerService.start(other, run.cluster(), run.blobs(), folder.resolve("state")))
          .isInstanceOf(BrokenChainException.class)
          .hasMessageContaining("merges by ema")
          .hasMessageContaining("the settings now say sma");
    }
  }
}
