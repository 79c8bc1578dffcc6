package org.gtrturbo.integration;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import org.apache.kafka.common.utils.Utils;
import org.gtrturbo.agents.PolicyWeights;
import org.gtrturbo.agents.WeightBlobs;
import org.gtrturbo.events.Checkpoint;
import org.gtrturbo.events.RunStatus;
import org.gtrturbo.events.Teacher;
import org.gtrturbo.events.Topic;
import org.gtrturbo.events.TopicCatalogue;
import org.gtrturbo.events.Turn;
import org.gtrturbo.integration.Deployment.Service;
import org.gtrturbo.lab.Estimate;
import org.gtrturbo.lab.Evaluator;
import org.gtrturbo.platform.kafka.Cluster;
import org.gtrturbo.platform.kafka.TopicAdmin;
import org.gtrturbo.policy.Sampling;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/**
 * What must hold wherever the services run, each alone: they learn together, whoever is killed is
 * replaced and nothing is lost or counted twice, and what older releases wrote is read.
 */
@Timeout(1800)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@ExtendWith(FailuresNameLogs.class)
abstract sealed class StreamScenarios permits ContainersIT, EmbeddedBrokerIT {
  private static final int PARTITIONS = SmallRun.PARTITIONS;
  private static final int TEACHER_EVERY = 2;
  private static final long MAX_STALENESS = 4;
  private static final int EPISODES = 512;

  private static final List<String> HERE =
      List.of(
          "learner.maxStalenessVersions=" + MAX_STALENESS,
          "actor.environments=16",
          "actor.maxLagTurns=768",
          "teacher.everyCheckpoints=" + TEACHER_EVERY);

  private static final List<String> ACTORS = List.of("actor-a", "actor-b", "actor-c");

  private Path logs = Path.of("");
  private Optional<Deployment> deployment = Optional.empty();
  private Optional<DeployedRun> learned = Optional.empty();
  private int attempts;

  /** Starts the broker, and whatever services need to be started over it. */
  abstract Deployment deploy(Path folder) throws Exception;

  /** The folder that has what services print. */
  Path logs() {
    return logs;
  }

  @BeforeAll
  void deployTo(@TempDir Path folder) throws Exception {
    logs = Path.of("target", "scenarios", getClass().getSimpleName());
    Utils.delete(logs.toFile());
    Files.createDirectories(logs);
    deployment = Optional.of(deploy(folder));
  }

  @AfterAll
  void close() {
    learned.ifPresent(DeployedRun::close);
    deployment.ifPresent(Deployment::close);
  }

  @Test
  void threeActorsALearnerAndAMergerLearnAndEveryActorTakesUpWhatIsLearned() throws Exception {
    DeployedRun run = learned();
    RunHistory history = run.history();

    history.check(TEACHER_EVERY, MAX_STALENESS);
    assertThat(history.deadLetters()).isEmpty();
    List<Checkpoint> checkpoints = history.checkpoints();
    List<Teacher> teachers = history.teachers();
    long newest = checkpoints.getLast().getVersion();
    assertThat(teachers).hasSize((int) newest / TEACHER_EVERY + 1);
    for (String actor : ACTORS) {
      assertThatItTakesUpWhatIsLearned(actor, history.turns(), newest);
    }
    var weights = new WeightBlobs(run.blobs());
    double unlearned =
        success(run, weights.load(checkpoints.getFirst())).bounds().orElseThrow().upper();
    assertThat(success(run, weights.load(checkpoints.getLast())).bounds().orElseThrow().lower())
        .as("the policy's success, surely above the warm start's")
        .isGreaterThan(unlearned + 0.1);
    assertThat(success(run, weights.load(teachers.getLast())).bounds().orElseThrow().lower())
        .as("the teacher's success, surely above the warm start's")
        .isGreaterThan(unlearned);
  }

  @Test
  void aLearnerThatIsKilledTwiceIsReplacedAndNothingIsLostOrTrainedOnTwice() throws Exception {
    // Without a merger, so that the second kill is sure to meet the learner between the blobs of a
    // version and its commit, or just behind it; long enough that it meets it at all.
    try (var run =
        run(
            "learner-killed",
            SmallRun.HARDLY_WARM,
            List.of("run.turns=12000", "guidance.kind=none"))) {
      Service first = run.startLearner();
      run.startActors(ACTORS.subList(0, 2));
      run.awaitCheckpoint(4);
      run.kill(first);
      RunHistory history = run.history();
      List<Checkpoint> committed = history.checkpoints();

      Service second = run.startLearner();
      run.awaitCheckpoint(committed.size() + 3);
      run.awaitAnotherBlob();
      run.kill(second);
      assertThat(history.checkpoints()).startsWith(committed.toArray(Checkpoint[]::new));
      committed = history.checkpoints();

      run.awaitCompletion(run.startLearner());
      history.check(TEACHER_EVERY, MAX_STALENESS);
      List<Checkpoint> all = history.checkpoints();
      assertThat(all)
          .startsWith(committed.toArray(Checkpoint[]::new))
          .hasSizeGreaterThan(committed.size());
      assertThat(all.getLast().getTurnsTrained()).isGreaterThanOrEqualTo(12_000);
      assertThat(history.deadLetters()).isEmpty();
    }
  }

  @Test
  void aMergerThatIsKilledTwiceMakesTheTeachersThatAnUndisturbedOneMakes(@TempDir Path state)
      throws Exception {
    try (var run = run("merger-killed", SmallRun.HARDLY_WARM, List.of("run.turns=7000"))) {
      Service learner = run.startLearner();
      Service first = run.startMerger();
      run.startActors(ACTORS.subList(0, 2));
      run.awaitTeacher(4 * TEACHER_EVERY);
      run.kill(first);
      long seen = run.newestTeacher();

      Service second = run.startMerger();
      run.awaitTeacher(seen + TEACHER_EVERY);
      run.kill(second);
      Utils.delete(run.folder().resolve("merger-state").toFile());

      run.startMerger();
      long newest = awaitEnd(run, learner);
      assertThat(newest).as("the run goes on after the first kill").isGreaterThan(seen);
      RunHistory history = run.history();
      history.check(TEACHER_EVERY, MAX_STALENESS);
      assertThat(history.teachers()).hasSize((int) newest / TEACHER_EVERY + 1);
      assertThat(
              MergedAgain.teacherHashes(
                  run,
                  "merger-undisturbed",
                  history.checkpoints(),
                  run.topics().checkpoints().codec()::encode,
                  state))
          .isEqualTo(hashes(history.teachers()));
    }
  }

  @Test
  void todaysLearnerTrainsOnTurnsOfEveryReleaseAndTheMergerFoldsCheckpointsOfEveryRelease(
      @TempDir Path states) throws Exception {
    RunHistory recorded = learned().history();
    try (var run = run("older-turns", SmallRun.HARDLY_WARM, List.of("run.turns=256"))) {
      OlderReleases.publishTurns(run.cluster(), run.topics(), firstTurns(recorded));

      run.awaitCompletion(run.startLearner());

      RunHistory history = run.history();
      history.check(TEACHER_EVERY, MAX_STALENESS);
      assertThat(history.checkpoints().getLast().getTurnsTrained()).isGreaterThanOrEqualTo(256);
      assertThat(history.deadLetters()).isEmpty();
    }
    var checkpoints = learned().topics().checkpoints().codec();
    for (ReleasedSchema release : ReleasedSchema.of(checkpoints)) {
      String name = "older-checkpoints-" + release.number();
      assertThat(
              MergedAgain.teacherHashes(
                  learned(),
                  name,
                  recorded.checkpoints(),
                  checkpoint -> release.write(release.of(checkpoint, checkpoints)),
                  states.resolve(name)))
          .as("teachers from checkpoints of version " + release.number())
          .isEqualTo(hashes(recorded.teachers()));
    }
  }

  @Test
  void whatServicesRecordedOnAClusterIsVerifiedAndReplayedThereHashByHash() throws Exception {
    DeployedRun run = learned();
    List<Checkpoint> checkpoints = run.history().checkpoints();
    String name = run.settings().run().name();

    assertThat(run.history().status()).isEqualTo(RunStatus.COMPLETED);
    assertThat(ofRun("verify", name).output()).contains("run " + name + " is what its log says");
    assertThat(ofRun("replay", name).output())
        .contains("a replay of " + name + " with its settings")
        .contains("all " + checkpoints.size() + " checkpoints have the recorded hashes");
    var replayed = new TopicCatalogue(name + "-replay", PARTITIONS);
    assertThat(RunHistory.on(run.cluster(), replayed).checkpoints())
        .extracting(Checkpoint::getHash)
        .isEqualTo(checkpoints.stream().map(Checkpoint::getHash).toList());
  }

  private Answer ofRun(String command, String name) {
    Deployment here = deployment.orElseThrow();
    Answer answer =
        Answer.of(command, name, "--runs", here.runs().toString(), "--bootstrap", here.bootstrap());
    assertThat(answer.exitCode()).as(answer.output()).isZero();
    return answer;
  }

  @Test
  void everyEventOfEveryReleaseIsReadFromTheBrokerWithAllThatItSays() throws Exception {
    var topics = new TopicCatalogue("older-events", PARTITIONS);
    Cluster cluster = new Cluster(deployment.orElseThrow().bootstrap());
    TopicAdmin.create(cluster, topics.all());
    for (Topic<?> topic : topics.all()) {
      OlderReleases.assertThatEachIsRead(cluster, topic);
    }
  }

  /** A complete run with all its actors, played by whichever scenario needs it first. */
  private DeployedRun learned() throws Exception {
    if (learned.isEmpty()) {
      attempts++;
      DeployedRun run = run("learns-" + attempts, SmallRun.LEARNS, List.of("run.turns=9000"));
      try {
        Service learner = run.startLearner();
        run.startMerger();
        run.startActors(ACTORS);
        awaitEnd(run, learner);
        run.endServices();
        learned = Optional.of(run);
      } catch (Throwable failure) {
        run.close();
        throw failure;
      }
    }
    return learned.get();
  }

  /** Returns when the learner has ended and the last teacher is there; the newest version. */
  private static long awaitEnd(DeployedRun run, Service learner) {
    run.awaitCompletion(learner);
    long newest = run.history().checkpoints().getLast().getVersion();
    run.awaitTeacher(newest / TEACHER_EVERY * TEACHER_EVERY);
    return newest;
  }

  private DeployedRun run(String name, List<String> start, List<String> more) {
    return new DeployedRun(deployment.orElseThrow(), logs, name, SmallRun.with(start, HERE, more));
  }

  /** Those that the warm start has played. */
  private static List<Turn> firstTurns(RunHistory history) {
    return history.turns().values().stream()
        .flatMap(partition -> partition.values().stream())
        .filter(turn -> turn.getPolicyVersion() == 0)
        .toList();
  }

  private static void assertThatItTakesUpWhatIsLearned(
      String actor, Map<Integer, Map<Long, Turn>> turns, long newest) {
    var policies = new TreeSet<Long>();
    var teachers = new TreeSet<Long>();
    for (Map<Long, Turn> partition : turns.values()) {
      List<Turn> own =
          partition.values().stream().filter(turn -> turn.getActorId().equals(actor)).toList();
      List<Long> policiesInOrder = own.stream().map(Turn::getPolicyVersion).toList();
      List<Long> teachersInOrder =
          own.stream().map(turn -> turn.getTeacher().orElseThrow().getVersion()).toList();
      assertThat(policiesInOrder).as("policies of " + actor + " in order").isSorted();
      assertThat(teachersInOrder).as("teachers of " + actor + " in order").isSorted();
      policies.addAll(policiesInOrder);
      teachers.addAll(teachersInOrder);
    }
    assertThat(policies).as("policies of " + actor).hasSizeGreaterThan(2);
    assertThat(teachers).as("teachers of " + actor).hasSizeGreaterThan(2);
    assertThat(policies.last()).isGreaterThanOrEqualTo(newest / 2);
    assertThat(teachers.last()).isGreaterThanOrEqualTo(newest / 2);
  }

  private static List<String> hashes(List<Teacher> teachers) {
    return teachers.stream().map(Teacher::getHash).toList();
  }

  private static Estimate success(DeployedRun run, PolicyWeights policy) {
    try (var evaluator = Evaluator.of(run.settings(), policy.spec(), 1)) {
      return evaluator.evaluate(policy.parameters(), Sampling.at(1), EPISODES).success();
    }
  }
}
