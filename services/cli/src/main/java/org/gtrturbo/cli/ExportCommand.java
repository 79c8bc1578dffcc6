package org.gtrturbo.cli;

import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.gtrturbo.agents.PolicyOrigin;
import org.gtrturbo.agents.PolicyWeights;
import org.gtrturbo.agents.WeightBlobs;
import org.gtrturbo.events.Checkpoint;
import org.gtrturbo.events.Teacher;
import org.gtrturbo.events.Turn;
import org.gtrturbo.lab.ScoreShift;
import org.gtrturbo.lineage.SharesText;
import org.gtrturbo.lineage.TeacherAncestry;
import org.gtrturbo.lineage.TeacherMetadata;
import org.gtrturbo.policy.PolicyFile;
import org.gtrturbo.policy.files.OnnxModelFile;
import org.gtrturbo.policy.files.WeightFormat;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

@Command(
    name = "export",
    description = {
      "Writes a teacher or a policy of a run as an ONNX model that any ONNX runtime opens:",
      "  gtr export RUN teacher -o teacher.onnx",
      "  gtr export RUN teacher 40 --weights int8 -o small.onnx",
      "  gtr export RUN teacher --stream slow -o slow.onnx",
      "Above 2 GB the weights lie in a file of their own beside the model, FILE.data."
    })
final class ExportCommand implements Callable<Integer> {
  private static final int SCORED_TURNS = 256;

  /** What is exported. */
  enum Subject {
    TEACHER,
    POLICY
  }

  @Parameters(index = "0", paramLabel = "RUN", description = "A run by its name, or its folder.")
  private String run = "";

  @Parameters(index = "1", paramLabel = "WHAT", description = "teacher or policy.")
  private Subject subject = Subject.TEACHER;

  @Parameters(
      index = "2",
      arity = "0..1",
      paramLabel = "VERSION",
      description = "Default the newest.")
  private @Nullable Long version;

  @Option(
      names = {"-o", "--output"},
      required = true,
      paramLabel = "FILE",
      description = "The model; replaced where it is there.")
  private Path output = Path.of("teacher.onnx");

  @Option(
      names = "--weights",
      paramLabel = "FORMAT",
      defaultValue = "fp32",
      description = {
        "How the file keeps the weights: fp32, fp16 or int8; default ${DEFAULT-VALUE}. The model",
        "computes in float32. What fewer bits do to log-probabilities is measured and said."
      })
  private WeightFormat format = WeightFormat.FP32;

  @Option(
      names = "--external-above",
      paramLabel = "BYTES",
      description = "Weights lie beside a model that would be larger; default and most 2 GB.")
  private long externalAbove = OnnxModelFile.LARGEST;

  @Mixin private TeacherStream stream = new TeacherStream();

  @Mixin private RunLocation location = new RunLocation();

  @Spec private CommandSpec spec = CommandSpec.create();

  @Override
  public Integer call() {
    Path parent = output.toAbsolutePath().getParent();
    if (parent == null || !Files.isDirectory(parent)) {
      throw new UsageException("there is no folder " + parent + " to write " + output + " to");
    }
    PrintWriter out = spec.commandLine().getOut();
    try (OpenedRun opened = location.open(run)) {
      Chosen chosen =
          switch (subject) {
            case TEACHER -> teacher(opened);
            case POLICY -> policy(opened);
          };
      PolicyFile file =
          new PolicyFile(chosen.weights().spec(), chosen.weights().parameters(), chosen.metadata());
      OnnxModelFile.Written written = file.write(output, format, externalAbove);
      out.println(
          String.format(
              Locale.ROOT,
              "%s of run %s in %s%s: %,d parameters, %,d bytes",
              chosen.name(),
              opened.name(),
              written.model(),
              written.data().map(data -> " and " + data.getFileName()).orElse(""),
              file.parameters().layout().parameters(),
              written.bytes()));
      if (format != WeightFormat.FP32) {
        out.println(shift(opened, file));
      }
      out.flush();
    }
    return 0;
  }

  /** What is exported, and what is said of it in the file. */
  private record Chosen(String name, PolicyWeights weights, Map<String, String> metadata) {}

  private Chosen teacher(OpenedRun opened) {
    List<Teacher> teachers = opened.log().teachers(stream.name());
    if (stream.isShadow() && teachers.isEmpty()) {
      throw stream.missing(opened);
    }
    TeacherAncestry ancestry = TeacherAncestry.of(teachers);
    Teacher teacher =
        Optional.ofNullable(version)
            .map(ancestry::version)
            .orElseGet(ancestry::newest)
            .orElseThrow(() -> missing("teacher" + stream.words()));
    Map<String, String> metadata = new HashMap<>(PolicyOrigin.of(opened.settings().environment()));
    metadata.putAll(TeacherMetadata.of(teacher, new SharesText(() -> teachers).of(teacher)));
    return new Chosen(
        "teacher " + teacher.getVersion() + stream.words(),
        new WeightBlobs(opened.log().blobs()).load(teacher),
        metadata);
  }

  private Chosen policy(OpenedRun opened) {
    if (stream.isShadow()) {
      throw new UsageException("policies are of no stream; --stream is for teachers");
    }
    Checkpoint checkpoint =
        opened.log().checkpoints().stream()
            .filter(each -> version == null || each.getVersion() == version)
            .reduce((_, newer) -> newer)
            .orElseThrow(() -> missing("policy"));
    return new Chosen(
        "policy " + checkpoint.getVersion(),
        new WeightBlobs(opened.log().blobs()).load(checkpoint),
        CheckpointMetadata.of(opened.settings(), checkpoint));
  }

  private UsageException missing(String what) {
    return new UsageException(
        "run " + run + " has no " + what + (version == null ? " yet" : " of version " + version));
  }

  private String shift(OpenedRun opened, PolicyFile file) {
    List<Turn> turns;
    try (var trajectories = location.trajectories(opened)) {
      turns = trajectories.run().log().newestTurns(SCORED_TURNS);
    }
    var shift =
        ScoreShift.of(
            file.spec(),
            file.parameters(),
            file.restored(format),
            turns.subList(Math.max(0, turns.size() - SCORED_TURNS), turns.size()));
    return shift.tokens() == 0
        ? "the run has no turns left to score: how far log-probabilities move is not known"
        : String.format(
            Locale.ROOT,
            "log-probabilities of %,d tokens that the run generated move by %.2g nats on average,"
                + " by %.2g at most",
            shift.tokens(),
            shift.mean(),
            shift.largest());
  }
}
