package org.gtrturbo.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.gtrturbo.agents.WeightBlobs;
import org.gtrturbo.events.Checkpoint;
import org.gtrturbo.events.SampleEvents;
import org.gtrturbo.events.Teacher;
import org.gtrturbo.events.TopicCatalogue;
import org.gtrturbo.merger.MergerService;
import org.gtrturbo.platform.blobs.BlobStore;
import org.gtrturbo.platform.blobs.FolderBlobStore;
import org.gtrturbo.platform.broker.EmbeddedBroker;
import org.gtrturbo.platform.kafka.Cluster;
import org.gtrturbo.platform.kafka.EventReader;
import org.gtrturbo.platform.kafka.TopicAdmin;
import org.gtrturbo.platform.settings.Settings;
import org.gtrturbo.policy.Parameters;
import org.gtrturbo.policy.PolicyFile;
import org.gtrturbo.policy.PolicyNetwork;
import org.gtrturbo.policy.PolicySpec;
import org.gtrturbo.policy.VisionLanguageModel;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Models are merged offline to the very weights that the merger gives a run's teacher. */
@Timeout(60)
class MergeCommandTest {
  private static final int CHECKPOINTS = 4;
  private static final PolicySpec SPEC =
      new PolicySpec(
          new PolicySpec.PictureSpec(4, 4, 1, 2, 2),
          new PolicySpec.TextSpec(List.of("_", "one", "two", "do", "plus", "minus"), 3, 4),
          new PolicySpec.TransformerSpec(8, 1, 2, 16));

  @TempDir private Path folder;

  private record Answer(int exitCode, String said, String errors) {}

  /** {@code 0.onnx} and so on, the policies that checkpoints of a run would be exported as. */
  @BeforeEach
  void exportPolicies() throws Exception {
    for (long version = 0; version < CHECKPOINTS; version++) {
      var policy =
          new PolicyFile(
              SPEC,
              weights(version),
              Map.of("gtr.run", "demo", "gtr.checkpoint.hash", "c" + version));
      Files.write(model(version), policy.toOnnx());
    }
  }

  @Test
  void aMovingAverageOfModelsIsTheTeacherThatTheServiceMadeBitForBit() throws Exception {
    Path output = folder.resolve("merged.onnx");

    Answer answer = merge("--rule", "ema", "--alpha", "0.5", "-o", output.toString());

    assertThat(answer.exitCode()).as(answer.errors()).isZero();
    PolicyFile merged = PolicyFile.read(Files.readAllBytes(output));
    assertThat(merged.spec()).isEqualTo(SPEC);
    assertThat(merged.parameters().toArray())
        .containsExactly(mergedByTheService("teacher.rule=ema", "teacher.alpha=0.5").toArray());
    assertThat(merged.metadata())
        .containsEntry("gtr.rule", "ema")
        .containsEntry("gtr.rule.alpha", "0.5")
        .containsEntry(
            "gtr.inputs",
            "[{\"file\":\"0.onnx\",\"hash\":\"c0\",\"weight\":0.125},"
                + "{\"file\":\"1.onnx\",\"hash\":\"c1\",\"weight\":0.125},"
                + "{\"file\":\"2.onnx\",\"hash\":\"c2\",\"weight\":0.25},"
                + "{\"file\":\"3.onnx\",\"hash\":\"c3\",\"weight\":0.5}]")
        .doesNotContainKeys("gtr.run", "gtr.checkpoint.hash");
    assertThat(answer.said().lines().toList())
        .contains("  0.500000  3.onnx")
        .first()
        .isEqualTo(
            "%,d weights merged by ema {alpha=0.5} into %s"
                .formatted(PolicyNetwork.layout(SPEC).parameters(), output));
  }

  @Test
  void tensorsThatAreNotMergedAreThoseOfTheServicesTeacherBitForBit() throws Exception {
    Path output = folder.resolve("merged.onnx");

    Answer answer =
        merge(
            "--rule=ties",
            "--density=0.5",
            "--trim-scope=vector",
            "--exclude=word.*",
            "--frozen=patch.*",
            "-o",
            output.toString());

    assertThat(answer.exitCode()).as(answer.errors()).isZero();
    PolicyFile merged = PolicyFile.read(Files.readAllBytes(output));
    assertThat(merged.parameters().toArray())
        .containsExactly(
            mergedByTheService(
                    "teacher.rule=ties",
                    "teacher.ruleSettings=density=0.5 trimScope=vector exclude=word.*"
                        + " frozen=patch.*",
                    "merger.shardBytes=1600")
                .toArray());
    assertThat(merged.metadata())
        .containsEntry("gtr.rule.exclude", "word.*")
        .containsEntry("gtr.rule.frozen", "patch.*");
  }

  @Test
  void whatCannotBeMergedIsRefusedInOneLine() {
    String output = folder.resolve("merged.onnx").toString();

    assertThat(merge("--rule", "emma", "-o", output).errors())
        .startsWith("gtr: there is no merge rule emma; there are ")
        .hasLineCount(1);
    assertThat(merge("--rule", "sma", "--alpha", "0.5", "-o", output).errors())
        .startsWith("gtr: rule sma has no setting alpha")
        .hasLineCount(1);
    assertThat(gtr("merge", "--rule", "ema", model(1).toString(), "-o", output).errors())
        .isEqualTo("gtr: rule ema starts from a base; give --base FILE\n");
    assertThat(merge("--rule", "sma", "--exclude", "wrod.*", "-o", output).errors())
        .isEqualTo("gtr: the model has no tensor wrod.*\n");
    assertThat(merge("--rule", "sma", "-o", model(2).toString()).errors())
        .isEqualTo("gtr: " + model(2) + " is one of the files that are merged; name another\n");
    assertThat(merge("--rule", "sma", "-o", folder.resolve("m.safetensors").toString()).errors())
        .contains("must end as " + model(3) + " does");
    assertThat(gtr("merge", "--rule", "sma", folder.resolve("no.onnx").toString(), "-o", output))
        .isEqualTo(new Answer(2, "", "gtr: there is no file " + folder.resolve("no.onnx") + "\n"));
    assertThat(folder.resolve("merged.onnx")).doesNotExist();
  }

  private Path model(long version) {
    return folder.resolve(version + ".onnx");
  }

  private static Parameters weights(long version) {
    return VisionLanguageModel.initialise(SPEC, 1000 + version);
  }

  private Parameters mergedByTheService(String... changes) {
    List<String> overrides = new ArrayList<>(List.of(changes));
    overrides.add("teacher.everyCheckpoints=1");
    Settings settings = RecordedRuns.settings("demo", 1, overrides.toArray(String[]::new));
    BlobStore blobs = new FolderBlobStore(folder.resolve("blobs"));
    var topics = new TopicCatalogue("demo", settings.kafka().trajectoryPartitions());
    try (EmbeddedBroker broker = EmbeddedBroker.start(folder.resolve("broker"))) {
      var cluster = new Cluster(broker.bootstrap());
      TopicAdmin.create(cluster, topics.all());
      try (var checkpoints = cluster.publisher(topics.checkpoints(), "test")) {
        for (long version = 0; version < CHECKPOINTS; version++) {
          checkpoints.publish("demo", checkpoint(version, new WeightBlobs(blobs)));
        }
      }
      try (var merger =
          MergerService.start(settings, cluster, blobs, folder.resolve("merger-state"))) {
        LastTeacher.await(
            cluster,
            topics,
            merger,
            settings.teacher(),
            CHECKPOINTS - 1,
            Duration.ofSeconds(30),
            folder);
      }
      Teacher teacher = EventReader.latest(cluster, topics.teachers()).orElseThrow().value();
      return new WeightBlobs(blobs).load(teacher).parameters();
    }
  }

  private static Checkpoint checkpoint(long version, WeightBlobs blobs) {
    return Checkpoint.newBuilder(SampleEvents.checkpoint("demo", version, version, Instant.EPOCH))
        .setHash("c" + version)
        .setPolicy(blobs.storeSpec(SPEC))
        .setTensors(blobs.storeParameters(weights(version)))
        .build();
  }

  private Answer merge(String... options) {
    List<String> arguments = new ArrayList<>(List.of("merge", "--base", model(0).toString()));
    for (long version = 1; version < CHECKPOINTS; version++) {
      arguments.add(model(version).toString());
    }
    arguments.addAll(List.of(options));
    return gtr(arguments.toArray(String[]::new));
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
