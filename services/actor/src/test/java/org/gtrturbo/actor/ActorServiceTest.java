package org.gtrturbo.actor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.awaitility.Awaitility;
import org.gtrturbo.events.BlobRef;
import org.gtrturbo.events.Checkpoint;
import org.gtrturbo.events.Turn;
import org.gtrturbo.platform.broker.EmbeddedBroker;
import org.gtrturbo.platform.kafka.Cluster;
import org.gtrturbo.platform.kafka.Received;
import org.gtrturbo.platform.settings.Settings;
import org.gtrturbo.policy.VisionLanguageModel;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * An actor on a real log: it begins when there are weights, follows new ones, outlives broken ones,
 * waits for a slow learner and goes on, and says why when it cannot.
 */
@Timeout(180)
final class ActorServiceTest {
  private static final Duration ENDLESS = Duration.ofDays(1);
  private static final AtomicInteger RUNS = new AtomicInteger();

  @TempDir static Path brokerFolder;
  private static EmbeddedBroker broker;

  @TempDir Path blobFolder;

  @BeforeAll
  static void startBroker() {
    Awaitility.setDefaultTimeout(60, TimeUnit.SECONDS);
    broker = EmbeddedBroker.start(brokerFolder.resolve("broker"));
  }

  @AfterAll
  static void stopBroker() {
    broker.close();
  }

  @Test
  void itBeginsWhenCheckpointAndTeacherAreThereAndPublishesWholeEpisodesInOrder() {
    try (var run = run("guidance.kind=kl-loss", "actor.maxLagTurns=400");
        var actor = run.startActor("a", ENDLESS)) {
      run.publish(run.checkpoint(0, Map.of()));
      assertThat(run.turns()).isEmpty();
      run.publishTeacher(0);

      await().until(() -> run.turns().size() > 300);
      actor.throwIfFailed();
      Map<String, Turn> last = new HashMap<>();
      Map<String, Integer> partitions = new HashMap<>();
      for (Received.Event<Turn> received : run.turns()) {
        Turn turn = received.value();
        assertThat(received.key()).isEqualTo(turn.getEpisodeId());
        assertThat(turn.getTeacher().orElseThrow().getVersion()).isZero();
        Turn before = last.put(turn.getEpisodeId(), turn);
        assertThat(turn.getTurnIndex()).isEqualTo(before == null ? 0 : before.getTurnIndex() + 1);
        Integer partition = partitions.put(turn.getEpisodeId(), received.partition());
        assertThat(partition == null || partition == received.partition()).isTrue();
      }
    }
  }

  @Test
  void withoutGuidanceItNeedsNoTeacher() {
    try (var run = run("guidance.kind=none");
        var actor = run.startActor("a", ENDLESS)) {
      run.publish(run.checkpoint(0, Map.of()));

      await().until(() -> !run.turns().isEmpty());
      assertThat(run.turns()).allMatch(turn -> turn.value().getTeacher().isEmpty());
      actor.throwIfFailed();
    }
  }

  @Test
  void aNewCheckpointAndANewTeacherArePickedUp() {
    try (var run = run("guidance.kind=clipped-penalty");
        var actor = run.startActor("a", ENDLESS)) {
      run.publish(run.checkpoint(0, Map.of()));
      run.publishTeacher(0);
      await().until(() -> !run.turns().isEmpty());
      run.publishTeacher(1);
      run.publish(run.checkpoint(1, run.ends()));

      awaitTurnOf(run, 1);
      long offset = 2;
      while (run.turns().stream().noneMatch(turn -> teacherVersion(turn) == 1)) {
        run.publish(run.checkpoint(offset++, run.ends()));
      }
      actor.throwIfFailed();
    }
  }

  @Test
  void aCorruptCheckpointIsOutlivedAndTheNextOneIsUsed() throws IOException {
    try (var run = run("guidance.kind=none");
        var actor = run.startActor("a", ENDLESS)) {
      run.publish(run.checkpoint(0, Map.of()));
      run.awaitHeld();

      Checkpoint corrupt = run.checkpoint(1, run.ends());
      corrupt(corrupt.getTensors().getFirst().getChunks().getFirst());
      int before = run.turns().size();
      run.publish(corrupt);
      await().until(() -> unloadable(run) == 2);
      await().until(() -> run.turns().size() > before);
      assertThat(run.turns()).allMatch(turn -> turn.value().getPolicyVersion() == 0);
      run.publish(run.checkpoint(2, run.ends()));

      awaitTurnOf(run, 2);
      actor.throwIfFailed();
    }
  }

  @Test
  void itWaitsForTheLearnerAndGoesOnWhenTheLearnerHasRead() {
    try (var run = run("guidance.kind=none", "actor.maxLagTurns=40", "actor.threads=2");
        var actor = run.startActor("a", ENDLESS)) {
      run.publish(run.checkpoint(0, Map.of()));
      run.awaitHeld();
      long held = run.turns().size();
      // Open episodes do not count, and the last round may end them all.
      long most = 40 + 6L * (ActorWorkers.environmentSpec(run.settings).maxTurns() + 1);
      assertThat(held).isBetween(41L, most);
      assertThat(turnsOfEndedEpisodes(run)).isGreaterThan(40);

      run.publish(run.checkpoint(1, run.ends()));

      await().until(() -> run.turns().size() > held + 40);
      run.awaitHeld();
      assertThat(run.turns().size() - held).isBetween(41L, most);
      actor.throwIfFailed();
    }
  }

  @Test
  void aRestartedActorKnowsHowFarTheLogIsAndWaitsBeforeItsFirstTurn() {
    try (var run = run("guidance.kind=none", "actor.maxLagTurns=40")) {
      run.publish(run.checkpoint(0, Map.of()));
      try (var first = run.startActor("a", ENDLESS)) {
        run.awaitHeld();
        first.throwIfFailed();
      }
      int held = run.turns().size();
      try (var second = run.startActor("a", ENDLESS)) {
        assertThat(run.turns()).hasSize(held);
        run.publish(run.checkpoint(1, run.ends()));
        await().until(() -> run.turns().size() > held);
        second.throwIfFailed();
      }
      List<Received.Event<Turn>> turns = run.turns();
      // Had the second played before checkpoint 1, its turns would name checkpoint 0.
      assertThat(turns.stream().filter(turn -> turn.value().getPolicyVersion() == 0)).hasSize(held);
    }
  }

  @Test
  void severalActorsEndTheirOpenEpisodesForALearnerThatWaits() {
    try (var run = run("guidance.kind=none", "actor.maxLagTurns=16", "actor.environments=12");
        var one = run.startActor("one", Duration.ofMillis(1));
        var two = run.startActor("two", Duration.ofMillis(1))) {
      run.publish(run.checkpoint(0, Map.of()));

      await().until(() -> turnsOfEndedEpisodes(run) >= 16);
      one.throwIfFailed();
      two.throwIfFailed();
    }
  }

  @Test
  void aCheckpointOfAnotherPolicyStopsItWithTheReason() {
    try (var run = run("guidance.kind=none")) {
      var other = TinyPolicy.spec(TinyPolicy.settings("policy.layers=2"));
      var actor = run.startActor("a", ENDLESS);
      run.publish(run.checkpoint(0, Map.of(), other, VisionLanguageModel.initialise(other, 1)));

      await().until(() -> actor.ended().isDone());
      assertThatThrownBy(actor::close)
          .isInstanceOf(ActorFailedException.class)
          .hasMessageContaining("layers=2")
          .hasMessageContaining("start the actor with the settings of the run");
    }
  }

  @Test
  void environmentsThatThereIsNoMemoryForStopItWithTheReason() {
    // Their pictures take up to 2 GiB of native memory, and a test has 1 GiB.
    int pixels = TinyPolicy.spec(TinyPolicy.settings()).picture().pixels();
    int environments = Integer.MAX_VALUE / pixels;
    try (var run =
        run("guidance.kind=none", "actor.threads=1", "actor.environments=" + environments)) {
      var actor = run.startActor("a", ENDLESS);
      run.publish(run.checkpoint(0, Map.of()));

      await().until(() -> actor.ended().isDone());
      assertThatThrownBy(actor::close)
          .isInstanceOf(ActorFailedException.class)
          .hasCauseInstanceOf(OutOfMemoryError.class);
    }
  }

  @Test
  void settingsThatLetLearnerAndActorWaitForEachOtherAreRefused() {
    try (var run = run("actor.maxLagTurns=15")) {
      assertThatThrownBy(() -> run.startActor("a", ENDLESS))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("actor.maxLagTurns must be at least learner.turnsPerUpdate (16)");
    }
  }

  @Test
  void aLogThatTakesNoTurnsStopsItWithTheReason() throws IOException {
    Path folder = Files.createDirectory(blobFolder.resolve("own"));
    var settings = settings("guidance.kind=none", "actor.maxLagTurns=1000000");
    var own = EmbeddedBroker.start(folder.resolve("broker"));
    var cluster =
        new Cluster(
            own.bootstrap(),
            Map.of("delivery.timeout.ms", "1000", "request.timeout.ms", "500", "linger.ms", "0"));
    var run = new ScriptedRun(cluster, folder.resolve("blobs"), settings);
    var actor = run.startActor("a", ENDLESS);
    run.publish(run.checkpoint(0, Map.of()));
    await().until(() -> !run.turns().isEmpty());
    own.close();

    await().until(() -> actor.ended().isDone());
    assertThatThrownBy(actor::throwIfFailed)
        .isInstanceOf(ActorFailedException.class)
        .hasMessageContaining("was not acknowledged on");
    actor.close();
  }

  private ScriptedRun run(String... overrides) {
    return new ScriptedRun(
        new Cluster(broker.bootstrap()), blobFolder.resolve("blobs"), settings(overrides));
  }

  private static Settings settings(String... overrides) {
    String[] all = new String[overrides.length + 2];
    all[0] = "run.name=actor-test-" + RUNS.incrementAndGet();
    all[1] = "actor.maxLagTurns=64";
    System.arraycopy(overrides, 0, all, 2, overrides.length);
    return TinyPolicy.settings(all);
  }

  private static void awaitTurnOf(ScriptedRun run, long policyVersion) {
    await()
        .until(
            () ->
                run.turns().stream()
                    .anyMatch(turn -> turn.value().getPolicyVersion() == policyVersion));
  }

  private static long teacherVersion(Received.Event<Turn> turn) {
    return turn.value().getTeacher().orElseThrow().getVersion();
  }

  private static double unloadable(ScriptedRun run) {
    return run.metrics.getLast().getValues().get("unloadableCheckpoints");
  }

  private static long turnsOfEndedEpisodes(ScriptedRun run) {
    return run.turns().stream()
        .filter(turn -> turn.value().getSuccess().isPresent())
        .mapToLong(turn -> turn.value().getTurnIndex() + 1)
        .sum();
  }

  private void corrupt(BlobRef blob) {
    Path file =
        blobFolder
            .resolve("blobs")
            .resolve("sha256")
            .resolve(blob.getSha256().substring(0, 2))
            .resolve(blob.getSha256().substring(2));
    try {
      byte[] content = Files.readAllBytes(file);
      content[0] ^= 1;
      Files.write(file, content);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
