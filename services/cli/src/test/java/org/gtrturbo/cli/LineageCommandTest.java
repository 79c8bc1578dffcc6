package org.gtrturbo.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Future;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.gtrturbo.events.Checkpoint;
import org.gtrturbo.events.LedgerEntry;
import org.gtrturbo.events.LeftOut;
import org.gtrturbo.events.LeftOutReason;
import org.gtrturbo.events.OffsetRange;
import org.gtrturbo.events.PartitionProgress;
import org.gtrturbo.events.SampleEvents;
import org.gtrturbo.events.Teacher;
import org.gtrturbo.events.TeacherInput;
import org.gtrturbo.events.TeacherInputKind;
import org.gtrturbo.events.TopicCatalogue;
import org.gtrturbo.platform.broker.EmbeddedBroker;
import org.gtrturbo.platform.kafka.Cluster;
import org.gtrturbo.platform.kafka.TopicAdmin;
import org.gtrturbo.platform.settings.Settings;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What is asked of a run's log is answered in words and as JSON, from both ends. */
@Timeout(60)
class LineageCommandTest {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final int UPDATES = 30;

  /** Beyond those that the run has, so that no turn lies there. */
  private static final int LEFT_OUT_PARTITION = 99;

  @TempDir private static Path runs;
  private static EmbeddedBroker broker;

  /** Where the one turn of the log lies; every update takes it as if it were its own. */
  private static RecordMetadata played;

  private record Answer(int exitCode, String said, String errors) {}

  @BeforeAll
  static void recordARun() throws Exception {
    RunFolder folder = RecordedRuns.folder(runs, "demo", 1);
    broker = EmbeddedBroker.start(folder.broker());
    var cluster = new Cluster(broker.bootstrap());
    Settings settings = RecordedRuns.settings("demo", 1);
    var topics = new TopicCatalogue("demo", settings.kafka().trajectoryPartitions());
    TopicAdmin.create(cluster, topics.all());
    try (var trajectories = cluster.publisher(topics.trajectories(), "test");
        var checkpoints = cluster.publisher(topics.checkpoints(), "test");
        var ledger = cluster.publisher(topics.ledger(), "test");
        var teachers = cluster.publisher(topics.teachers(), "test")) {
      ledger.publish("demo", entry());
      Future<RecordMetadata> sent = trajectories.send("episode-1", SampleEvents.turn("episode-1"));
      played = sent.get();
      for (long version = 0; version <= UPDATES; version++) {
        checkpoints.publish("demo", checkpoint(version));
        teachers.publish("demo", teacher(version));
        if (version % 10 == 0) {
          teachers.publish("demo/slow", slow(version));
        }
      }
    }
  }

  @AfterAll
  static void stopTheBroker() {
    broker.close();
  }

  /** Version 5 left a record out. */
  private static LedgerEntry entry() {
    var left = List.of(new OffsetRange(LEFT_OUT_PARTITION, 7L, 7L));
    return LedgerEntry.newBuilder()
        .setRun("demo")
        .setVersion(5)
        .setCheckpointHash("c5")
        .setTrained(List.of())
        .setTurnsTrained(0)
        .setEpisodesTrained(0)
        .setOldestPolicyVersion(0)
        .setNewestPolicyVersion(0)
        .setLeftOut(List.of(new LeftOut(LeftOutReason.STALE, left, 1L, ByteBuffer.allocate(0))))
        .setCreatedAt(Instant.EPOCH)
        .build();
  }

  /**
   * Update 1 trained on the turn that is there, update v on 100 v to 100 v + 9 of its partition.
   */
  private static Checkpoint checkpoint(long version) {
    int partition = played.partition();
    long first = version == 1 ? played.offset() : 100 * version;
    long last = version == 1 ? played.offset() : 100 * version + 9;
    List<OffsetRange> batch =
        version == 0 ? List.of() : List.of(new OffsetRange(partition, first, last));
    long turns = version == 0 ? 0 : 1 + 10 * (version - 1);
    return Checkpoint.newBuilder(SampleEvents.checkpoint("demo", version, turns, Instant.EPOCH))
        .setHash("c" + version)
        .setBatch(batch)
        .setProgress(
            List.of(
                new PartitionProgress(partition, 0L, batch),
                new PartitionProgress(LEFT_OUT_PARTITION, version < 5 ? 7L : 8L, List.of())))
        .build();
  }

  private static Teacher teacher(long version) {
    List<TeacherInput> inputs = new ArrayList<>();
    inputs.add(
        new TeacherInput(
            TeacherInputKind.CHECKPOINT, version, "c" + version, version == 0 ? 1 : 0.5));
    if (version > 0) {
      inputs.add(new TeacherInput(TeacherInputKind.TEACHER, version - 1, "t" + (version - 1), 0.5));
    }
    return Teacher.newBuilder(SampleEvents.teacher("demo", version, version, Instant.EPOCH))
        .setHash("t" + version)
        .setInputs(inputs)
        .build();
  }

  /** A shadow rule's, which merges every tenth checkpoint with a quarter. */
  private static Teacher slow(long version) {
    List<TeacherInput> inputs = new ArrayList<>();
    inputs.add(
        new TeacherInput(
            TeacherInputKind.CHECKPOINT, version, "c" + version, version == 0 ? 1 : 0.25));
    if (version > 0) {
      inputs.add(
          new TeacherInput(TeacherInputKind.TEACHER, version - 10, "s" + (version - 10), 0.75));
    }
    return Teacher.newBuilder(SampleEvents.teacher("demo", version, version, Instant.EPOCH))
        .setHash("s" + version)
        .setStream("slow")
        .setInputs(inputs)
        .build();
  }

  @Test
  void aShadowRulesTeacherIsAskedForByItsStream() throws Exception {
    assertThat(lineage("teacher", "newest", "--stream", "slow").said())
        .startsWith("teacher 30 of stream slow of run demo: ema")
        .contains("hash s30");
    JsonNode answer = json("teacher", "20", "--stream", "slow");
    assertThat(answer.path("stream").asText()).isEqualTo("slow");
    assertThat(answer.path("updates")).hasSize(21);
    assertThat(answer.path("updates").get(10).path("weight").asDouble()).isEqualTo(0.1875);
    assertThat(json("teacher", "20").path("stream").asText()).isEqualTo("own");
  }

  @Test
  void aTurnIsTracedToTheTeachersOfTheStreamThatIsAskedFor() throws Exception {
    JsonNode answer = json("turn", played.partition() + "@305", "--stream", "slow");

    assertThat(answer.path("teachers"))
        .extracting(teacher -> teacher.path("hash").asText())
        .containsExactly("s10", "s20", "s30");
    assertThat(lineage("turn", played.partition() + "@305", "--stream", "slow").said())
        .startsWith(
            "turn %d@305 of run demo, teachers of stream slow: trained on by update 3"
                .formatted(played.partition()));
  }

  @Test
  void aTeacherNamesItsCheckpointsTheirWeightsAndTheirRecords() {
    Answer answer = lineage("teacher", "2");

    assertThat(answer.exitCode()).isZero();
    assertThat(answer.said().lines())
        .satisfiesExactly(
            line -> assertThat(line).startsWith("teacher 2 of run demo: ema").endsWith("hash t2"),
            line -> assertThat(line).isEmpty(),
            line -> assertThat(line).startsWith("checkpoint    weight     reach     turns"),
            line -> assertThat(line).matches(" +0  0.250000  1.000000 +0  the base"),
            line ->
                assertThat(line)
                    .matches(
                        " +1  0.250000  0.750000 +1  %1$d@%2$d-%2$d"
                            .formatted(played.partition(), played.offset())),
            line ->
                assertThat(line)
                    .matches(" +2  0.500000  0.500000 +10  " + played.partition() + "@200-209"));
  }

  @Test
  void theRunsLogSaysHowLongAnAnswerTook() throws Exception {
    lineage("teacher", "17");

    assertThat(Files.readString(runs.resolve("demo").resolve("gtr.log")))
        .containsPattern("answered what the log says of TEACHER 17 in \\d+ ms\n");
  }

  @Test
  void ofManyCheckpointsTheHeaviestAreShownUnlessAllAreAskedFor() {
    Answer heaviest = lineage("teacher", "newest");

    assertThat(heaviest.said().lines()).hasSize(3 + 20 + 1);
    assertThat(heaviest.said()).contains("and 11 more, none above 0.000000; --all shows them");
    assertThat(lineage("teacher", "newest", "--all").said().lines()).hasSize(3 + UPDATES + 1);
  }

  @Test
  void aTurnNamesItsUpdateAndTheTeachersThatItHasAPartIn() throws Exception {
    JsonNode answer = json("turn", played.partition() + "@305");

    assertThat(answer.path("fate").asText()).isEqualTo("trained");
    assertThat(answer.path("version").asLong()).isEqualTo(3);
    assertThat(answer.path("checkpoint").asText()).isEqualTo("c3");
    assertThat(answer.path("teachers")).hasSize(UPDATES - 2);
    assertThat(answer.path("teachers").get(1))
        .isEqualTo(JSON.readTree("{\"version\":4,\"hash\":\"t4\",\"weight\":0.25,\"reach\":0.75}"));
  }

  @Test
  void anEpisodeIsFoundByItsId() throws Exception {
    JsonNode answer = json("episode", "episode-1");

    assertThat(answer.path("turns")).hasSize(1);
    assertThat(answer.path("turns").get(0).path("offset").asLong()).isEqualTo(played.offset());
    assertThat(answer.path("turns").get(0).path("version").asLong()).isEqualTo(1);
    assertThat(answer.path("teachersByUpdate").path("1")).hasSize(UPDATES);
  }

  @Test
  void aTurnThatWasLeftOutSaysWhenAndWhy() {
    assertThat(lineage("turn", LEFT_OUT_PARTITION + "@7").said())
        .contains("left out as STALE when version 5 was made")
        .contains("no teacher has a part of it");
  }

  @Test
  void whatIsNotThereIsNamed() {
    assertThat(lineage("teacher", "99"))
        .isEqualTo(new Answer(2, "", "gtr: run demo has no teacher 99; its newest is 30\n"));
    assertThat(lineage("teacher", "5", "--stream", "slow").errors())
        .isEqualTo("gtr: run demo has no teacher 5 of stream slow; its newest is 30\n");
    assertThat(lineage("teacher", "5", "--stream", "fast"))
        .isEqualTo(
            new Answer(
                2, "", "gtr: run demo has no teacher of a stream fast; its settings name own\n"));
    assertThat(lineage("episode", "other"))
        .isEqualTo(new Answer(2, "", "gtr: the trajectories of run demo have no episode other\n"));
    assertThat(lineage("turn", "17").errors())
        .startsWith("gtr: a turn must be named by PARTITION@OFFSET");
    assertThat(lineage("turn", "0@99999").said())
        .contains("not settled by any version yet, or not on the log");
  }

  private static JsonNode json(String what, String which, String... options) throws Exception {
    var all = new ArrayList<>(List.of(options));
    all.add("--json");
    return JSON.readTree(lineage(what, which, all.toArray(String[]::new)).said());
  }

  private static Answer lineage(String what, String which, String... options) {
    var arguments =
        new ArrayList<>(List.of("lineage", "demo", what, which, "--runs", runs.toString()));
    arguments.addAll(List.of(options));
    var said = new StringWriter();
    var errors = new StringWriter();
    int exitCode =
        Main.commandLine()
            .setOut(new PrintWriter(said, true))
            .setErr(new PrintWriter(errors, true))
            .execute(arguments.toArray(String[]::new));
    return new Answer(exitCode, said.toString(), errors.toString());
  }
}
