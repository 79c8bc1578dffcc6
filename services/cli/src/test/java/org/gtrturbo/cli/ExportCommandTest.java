package org.gtrturbo.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.gtrturbo.agents.WeightBlobs;
import org.gtrturbo.events.Checkpoint;
import org.gtrturbo.events.SampleEvents;
import org.gtrturbo.events.Teacher;
import org.gtrturbo.events.TeacherInput;
import org.gtrturbo.events.TeacherInputKind;
import org.gtrturbo.events.TopicCatalogue;
import org.gtrturbo.platform.blobs.FolderBlobStore;
import org.gtrturbo.platform.broker.EmbeddedBroker;
import org.gtrturbo.platform.kafka.Cluster;
import org.gtrturbo.platform.kafka.TopicAdmin;
import org.gtrturbo.policy.Parameters;
import org.gtrturbo.policy.PolicyFile;
import org.gtrturbo.policy.PolicySpec;
import org.gtrturbo.policy.VisionLanguageModel;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Any version of a run becomes a model that says where it comes from. */
@Timeout(60)
class ExportCommandTest {
  private static final PolicySpec SPEC =
      new PolicySpec(
          new PolicySpec.PictureSpec(1, 1, 1, 1, 1),
          new PolicySpec.TextSpec(List.of("_", "<act>", "two", "do", "plus", "minus"), 3, 4),
          new PolicySpec.TransformerSpec(16, 1, 2, 24));

  @TempDir private static Path runs;
  private static EmbeddedBroker broker;

  @TempDir private Path folder;
  private Path output;

  private record Answer(int exitCode, String said, String errors) {}

  @BeforeAll
  static void recordARun() {
    RunFolder run = RecordedRuns.folder(runs, "demo", 1);
    broker = EmbeddedBroker.start(run.broker());
    var cluster = new Cluster(broker.bootstrap());
    var settings = RecordedRuns.settings("demo", 1);
    var topics = new TopicCatalogue("demo", settings.kafka().trajectoryPartitions());
    TopicAdmin.create(cluster, topics.all());
    var blobs = new WeightBlobs(new FolderBlobStore(run.blobs()));
    try (var checkpoints = cluster.publisher(topics.checkpoints(), "test");
        var teachers = cluster.publisher(topics.teachers(), "test");
        var trajectories = cluster.publisher(topics.trajectories(), "test")) {
      trajectories.publish("episode", SampleEvents.turn("episode"));
      for (long version = 0; version <= 2; version++) {
        checkpoints.publish(
            "demo",
            Checkpoint.newBuilder(SampleEvents.checkpoint("demo", version, version, Instant.EPOCH))
                .setHash("c" + version)
                .setPolicy(blobs.storeSpec(SPEC))
                .setTensors(blobs.storeParameters(weights(version)))
                .build());
        teachers.publish("demo", teacher(version, blobs));
      }
      // A shadow rule's, of the same version as another one.
      teachers.publish(
          "demo/slow",
          Teacher.newBuilder(teacher(0, blobs))
              .setHash("s0")
              .setStream("slow")
              .setTensors(blobs.storeParameters(weights(20)))
              .build());
    }
  }

  private static Teacher teacher(long version, WeightBlobs blobs) {
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
        .setPolicy(blobs.storeSpec(SPEC))
        .setTensors(blobs.storeParameters(weights(10 + version)))
        .build();
  }

  private static Parameters weights(long seed) {
    return VisionLanguageModel.initialise(SPEC, seed);
  }

  @AfterAll
  static void stopTheBroker() {
    broker.close();
  }

  @BeforeEach
  void nameTheOutput() {
    output = folder.resolve("model.onnx");
  }

  @Test
  void theNewestTeacherIsWrittenWithTheWeightsOfItsCheckpoints() throws Exception {
    Answer answer = export("teacher");

    assertThat(answer.exitCode()).as(answer.errors()).isZero();
    assertThat(answer.said()).startsWith("teacher 2 of run demo in " + output).hasLineCount(1);
    PolicyFile model = PolicyFile.read(Files.readAllBytes(output));
    assertThat(model.spec()).isEqualTo(SPEC);
    assertThat(model.parameters().toArray()).containsExactly(weights(12).toArray());
    assertThat(model.metadata())
        .containsEntry("gtr.teacher.version", "2")
        .containsEntry("gtr.teacher.hash", "t2")
        .containsEntry("gtr.checkpoint.hash", "c2")
        .containsEntry("gtr.environment", "numberline")
        .containsEntry(
            "gtr.checkpoints",
            "{\"shares\":[{\"version\":0,\"hash\":\"c0\",\"weight\":0.25},"
                + "{\"version\":1,\"hash\":\"c1\",\"weight\":0.25},"
                + "{\"version\":2,\"hash\":\"c2\",\"weight\":0.5}],"
                + "\"others\":{\"count\":0,\"weight\":0.0}}");
  }

  @Test
  void anOlderPolicyIsWrittenWhereItsVersionIsNamed() throws Exception {
    assertThat(export("policy", "1").said()).startsWith("policy 1 of run demo in ");

    PolicyFile model = PolicyFile.read(Files.readAllBytes(output));
    assertThat(model.parameters().toArray()).containsExactly(weights(1).toArray());
    assertThat(model.metadata()).containsEntry("gtr.checkpoint.hash", "c1");
  }

  @Test
  void aShadowRulesTeacherIsWrittenWhereItsStreamIsNamed() throws Exception {
    assertThat(export("teacher", "--stream", "slow").said())
        .startsWith("teacher 0 of stream slow of run demo in ");

    PolicyFile model = PolicyFile.read(Files.readAllBytes(output));
    assertThat(model.parameters().toArray()).containsExactly(weights(20).toArray());
    assertThat(model.metadata()).containsEntry("gtr.teacher.hash", "s0");
    assertThat(export("teacher", "2", "--stream", "slow").errors())
        .isEqualTo("gtr: run demo has no teacher of stream slow of version 2\n");
    assertThat(export("teacher", "--stream", "fast").errors())
        .startsWith("gtr: run demo has no teacher of a stream fast; its settings name own");
    assertThat(export("policy", "--stream", "slow").errors())
        .isEqualTo("gtr: policies are of no stream; --stream is for teachers\n");
  }

  @Test
  void fewerBitsAreSaidWithWhatTheyDoToLogProbabilities() {
    Answer answer = export("teacher", "--weights", "fp16");

    assertThat(answer.exitCode()).as(answer.errors()).isZero();
    assertThat(answer.said().lines().toList().getLast())
        .matches(
            "log-probabilities of 1 tokens that the run generated move by \\S+ nats on average,"
                + " by \\S+ at most");
  }

  @Test
  void weightsLieBesideAModelThatWouldBeTooLarge() {
    Answer answer = export("teacher", "--external-above", "100");

    assertThat(answer.said())
        .startsWith("teacher 2 of run demo in " + output + " and model.onnx.data");
    assertThat(folder.resolve("model.onnx.data")).isNotEmptyFile();
  }

  @Test
  void whatIsNotThereIsNamed() {
    assertThat(export("teacher", "7"))
        .isEqualTo(new Answer(2, "", "gtr: run demo has no teacher of version 7\n"));
    assertThat(output).doesNotExist();
  }

  private Answer export(String... arguments) {
    List<String> all = new ArrayList<>(List.of("export", "demo"));
    all.addAll(List.of(arguments));
    all.addAll(List.of("-o", output.toString(), "--runs", runs.toString()));
    return gtr(all.toArray(String[]::new));
  }

  private static Answer gtr(String... arguments) {
    var said = new StringWriter();
    var errors = new StringWriter();
    int exitCode =
        Main.commandLine()
            .setOut(new PrintWriter(said, true))
            .setErr(new PrintWriter(errors, true))
            .execute(arguments);
    return new Answer(exitCode, said.toString(), errors.toString());
  }
}
