package org.gtrturbo.integration;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.gtrturbo.events.Checkpoint;
import org.gtrturbo.events.LedgerEntry;
import org.gtrturbo.events.OffsetRange;
import org.gtrturbo.events.Teacher;
import org.gtrturbo.events.TopicCatalogue;
import org.gtrturbo.events.Turn;
import org.gtrturbo.lab.RunSummary;
import org.gtrturbo.platform.broker.EmbeddedBroker;
import org.gtrturbo.platform.kafka.Cluster;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * A run that three actors played for, in as many processes, is replayed bit for bit and under
 * another merge rule; its log is verified, and whatever is done to a record of it is found.
 */
@Timeout(1800)
class ReplayIT {
  private static final String RECORDED = "it";
  private static final int PARTITIONS = ThreeActors.PARTITIONS;
  private static final long TEACHER_EVERY = ThreeActors.TEACHER_EVERY;

  @TempDir private static Path home;

  private static List<Checkpoint> checkpoints = List.of();
  private static List<LedgerEntry> ledger = List.of();
  private static List<Teacher> teachers = List.of();
  private static Map<Integer, Map<Long, Turn>> turns = Map.of();
  private static CopiedLog log;
  private static EmbeddedBroker copies;

  /** A turn in the middle of the run, with the version that was trained on it. */
  private static long victimVersion;

  private static OffsetRange victim;

  @BeforeAll
  static void recordARunWithThreeActors() throws Exception {
    ThreeActors.record(home, RECORDED);
    try (var history = RunHistory.open(folder(RECORDED), RECORDED, PARTITIONS)) {
      checkpoints = history.checkpoints();
      ledger = history.ledger();
      teachers = history.teachers();
      turns = history.turns();
      log = history.copy();
    }
    victimVersion = newest() / 2;
    victim =
        ledger.get(Math.toIntExact(victimVersion)).getTrained().stream()
            .filter(range -> range.getLast() > range.getFirst())
            .findFirst()
            .orElseThrow();
    copies = EmbeddedBroker.start(home.resolve("copies"));
  }

  @AfterAll
  static void stopBroker() {
    copies.close();
  }

  @Test
  void theRunWasPlayedByAllActors() {
    Set<String> actors = new HashSet<>();
    for (Checkpoint checkpoint : checkpoints) {
      for (OffsetRange range : checkpoint.getBatch()) {
        LongStream.rangeClosed(range.getFirst(), range.getLast())
            .mapToObj(offset -> turns.get(range.getPartition()).get(offset).getActorId())
            .forEach(actors::add);
      }
    }
    assertThat(actors).as("whose turns were trained on").hasSize(3);
    assertThat(newest()).isGreaterThanOrEqualTo(ThreeActors.LEAST_UPDATES);
  }

  @Test
  void aReplayWithTheSameSettingsHasEveryHashOfTheRecordedRun() throws Exception {
    String output = gtr("replay", RECORDED, "--name", "again");

    assertThat(output)
        .contains("a replay of it with its settings")
        .contains("all " + checkpoints.size() + " checkpoints have the recorded hashes");
    try (var history = RunHistory.open(folder("again"), "again", PARTITIONS)) {
      assertThat(history.checkpoints())
          .extracting(Checkpoint::getHash)
          .isEqualTo(checkpoints.stream().map(Checkpoint::getHash).toList());
      assertThat(history.turns()).as("turns of its own").isEmpty();
    }
  }

  @Test
  void underAnotherRuleItIsACounterfactualRunThatSaysSoAndCanBeVerifiedAndCompared()
      throws Exception {
    String output = gtr("replay", RECORDED, "--name", "other", "--set", "teacher.rule=sma");

    assertThat(output).contains("a replay of it with teacher.rule: ema -> sma");
    var replay = RunSummary.read(folder("other").resolve("summary.json")).run().replay();
    assertThat(replay.map(RunSummary.Replay::of)).contains(RECORDED);
    assertThat(replay.map(RunSummary.Replay::changed))
        .contains(List.of("teacher.rule: ema -> sma"));
    try (var history = RunHistory.open(folder("other"), "other", PARTITIONS)) {
      assertThat(history.replayOf()).isEqualTo(RECORDED);
      assertOtherVersionsOfTheSameTurns(history.checkpoints());
    }
    assertThat(verify("other"))
        .satisfies(
            answer -> assertThat(answer.exitCode()).as(answer.output()).isZero(),
            answer -> assertThat(answer.output()).contains("run other is what its log says"));
    Path png = home.resolve("comparison.png");
    Answer compared =
        Answer.of("compare", RECORDED, "other", "--runs", runs(), "--output", png.toString());
    assertThat(compared.exitCode()).as(compared.output()).isZero();
    assertThat(compared.output())
        .contains(RECORDED, "other (replay of it)", "teacher.rule: ema -> sma");
    assertThat(png).isNotEmptyFile();
  }

  @Test
  void theRecordedCheckpointsAreMergedAnewAndTheRecordedRunStaysAsItWas() throws Exception {
    Set<Path> blobsBefore = files(folder(RECORDED).resolve("blobs"));
    // One that the stop of the recorded run came before is made up for.
    List<Long> due =
        LongStream.rangeClosed(0, newest() / TEACHER_EVERY)
            .mapToObj(number -> number * TEACHER_EVERY)
            .toList();

    String output =
        gtr("replay", RECORDED, "--only", "merger", "--set", "teacher.rule=sma", "--episodes", "8");

    assertThat(output)
        .contains(
            "%d checkpoints of it merged into %d teachers"
                .formatted(checkpoints.size(), due.size()))
        .contains("it, as recorded: ema with alpha")
        .contains("it-merger: sma, every " + TEACHER_EVERY)
        .contains("of 64");
    assertThat(folder("it-merger").resolve("teachers.png")).isNotEmptyFile();
    try (var history = RunHistory.open(folder("it-merger"), "it-merger", PARTITIONS)) {
      assertThat(history.teachers())
          .extracting(Teacher::getVersion)
          .isEqualTo(due)
          .startsWith(teachers.stream().map(Teacher::getVersion).toArray(Long[]::new));
      assertThat(history.teachers()).extracting(Teacher::getRule).containsOnly("sma");
    }
    try (var history = RunHistory.open(folder(RECORDED), RECORDED, PARTITIONS)) {
      assertThat(history.checkpoints()).isEqualTo(checkpoints);
      assertThat(history.ledger()).isEqualTo(ledger);
      assertThat(history.teachers()).isEqualTo(teachers);
    }
    assertThat(files(folder(RECORDED).resolve("blobs"))).isEqualTo(blobsBefore);
    assertThat(verify("it-merger"))
        .isEqualTo(
            new Answer(
                2,
                "gtr: run it-merger has merged the checkpoints of it and trained on nothing; verify"
                    + " it\n"));
  }

  @Test
  void aHealthyRunIsVerified() {
    Answer answer = verify(RECORDED);

    assertThat(answer.exitCode()).as(answer.output()).isZero();
    assertThat(answer.output())
        .contains("%,d in a chain, each with its ledger entry".formatted(checkpoints.size()))
        .contains("computed again from its batch")
        .contains("run it is what its log says")
        .doesNotContain("WRONG");
  }

  @Test
  void aCopyOfAHealthyLogIsAsHealthy() throws Exception {
    assertThat(verifyCopy("copy", log, 1).exitCode()).isZero();
  }

  @Test
  void aChangedTurnIsFoundWithItsPlaceAndByTheUpdateThatWasTrainedOnIt() throws Exception {
    CopiedLog changed =
        log.withTurn(
            victim.getPartition(), victim.getFirst(), turn -> turn.setReward(turn.getReward() + 1));

    String place = place("changed", victim.getFirst());
    assertThat(wrong(verifyCopy("changed", changed, victimVersion)))
        .satisfiesExactly(
            line ->
                assertThat(line)
                    .startsWith(
                        "WRONG  "
                            + place
                            + ": it is not the record that was trained on by version "
                            + victimVersion
                            + ": "),
            line ->
                assertThat(line)
                    .startsWith(
                        "WRONG  update "
                            + victimVersion
                            + ": "
                            + place
                            + ": the record is not the one"));
  }

  @Test
  void aTurnThatWasTakenOutIsFoundOnceWithItsPlace() throws Exception {
    CopiedLog shorter = log.withoutTurn(victim.getPartition(), victim.getFirst());

    assertThat(wrong(verifyCopy("shorter", shorter, 1)))
        .containsExactly(
            "WRONG  "
                + place("shorter", victim.getFirst())
                + ": the record that was trained on by version "
                + victimVersion
                + " is gone; all behind has moved into its place");
  }

  @Test
  void aTurnThatStandsTwiceIsFoundOnceWithItsPlace() throws Exception {
    CopiedLog longer = log.withTurnTwice(victim.getPartition(), victim.getFirst());

    assertThat(wrong(verifyCopy("longer", longer, 1)))
        .containsExactly(
            "WRONG  "
                + place("longer", victim.getFirst() + 1)
                + ": a record of before stands here again; all behind lies one further than it"
                + " did");
  }

  @Test
  void aChangedLedgerEntryIsFoundWithItsVersion() throws Exception {
    CopiedLog changed =
        log.withEntry(
            victimVersion, entry -> entry.setTrainedDigests(otherwise(entry.getTrainedDigests())));

    assertThat(wrong(verifyCopy("entry", changed, 1)))
        .contains(
            "WRONG  ledger entry "
                + victimVersion
                + ": it is not what the checkpoint was made with; its ledger digest differs");
  }

  @Test
  void aChangedCheckpointIsFoundWithItsVersion() throws Exception {
    CopiedLog changed =
        log.withCheckpoint(
            victimVersion,
            checkpoint -> checkpoint.setOptimizerSteps(checkpoint.getOptimizerSteps() + 1));

    assertThat(wrong(verifyCopy("checkpoint", changed, 1)))
        .containsExactly(
            "WRONG  checkpoint " + victimVersion + ": its content has another hash than it says");
  }

  private static void assertOtherVersionsOfTheSameTurns(List<Checkpoint> others) {
    assertThat(others).hasSameSizeAs(checkpoints);
    assertThat(others.getFirst().getTensors()).isEqualTo(checkpoints.getFirst().getTensors());
    for (int version = 1; version < others.size(); version++) {
      Checkpoint other = others.get(version);
      assertThat(other.getBatch()).isEqualTo(checkpoints.get(version).getBatch());
      assertThat(other.getHash()).isNotEqualTo(checkpoints.get(version).getHash());
    }
    assertThat(others.getLast().getTensors()).isNotEqualTo(checkpoints.getLast().getTensors());
  }

  private static long newest() {
    return checkpoints.getLast().getVersion();
  }

  private static String place(String run, long offset) {
    return new TopicCatalogue(run, PARTITIONS).trajectories().name()
        + "-"
        + victim.getPartition()
        + "@"
        + offset;
  }

  private static ByteBuffer otherwise(ByteBuffer digests) {
    byte[] bytes = new byte[digests.remaining()];
    digests.duplicate().get(bytes);
    bytes[0] ^= 1;
    return ByteBuffer.wrap(bytes);
  }

  private static Answer verifyCopy(String name, CopiedLog copy, long update) throws Exception {
    copy.writeAs(name, new Cluster(copies.bootstrap()), folder(RECORDED));
    return verify(name, "--bootstrap", copies.bootstrap(), "--update", Long.toString(update));
  }

  private static Answer verify(String run, String... options) {
    var arguments = new ArrayList<>(List.of("verify", run, "--runs", runs()));
    arguments.addAll(List.of(options));
    return Answer.of(arguments.toArray(String[]::new));
  }

  /** What it calls wrong; it must have failed for that. */
  private static List<String> wrong(Answer answer) {
    assertThat(answer.exitCode()).as(answer.output()).isEqualTo(1);
    assertThat(answer.output()).contains("is not what its log says");
    return answer.output().lines().filter(line -> line.startsWith("WRONG")).toList();
  }

  private static String gtr(String... arguments) {
    var command = new ArrayList<>(List.of(arguments));
    command.addAll(List.of("--runs", runs()));
    Answer answer = Answer.of(command.toArray(String[]::new));
    assertThat(answer.exitCode()).as(answer.output()).isZero();
    return answer.output();
  }

  private static String runs() {
    return home.resolve("runs").toString();
  }

  private static Path folder(String run) {
    return home.resolve("runs").resolve(run);
  }

  private static Set<Path> files(Path folder) throws IOException {
    try (Stream<Path> files = Files.walk(folder)) {
      return new HashSet<>(files.toList());
    }
  }
}
