package org.gtrturbo.cli;

import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.gtrturbo.agents.PolicyWeights;
import org.gtrturbo.agents.WeightBlobs;
import org.gtrturbo.events.Checkpoint;
import org.gtrturbo.events.Teacher;
import org.gtrturbo.events.TopicCatalogue;
import org.gtrturbo.lab.ChartException;
import org.gtrturbo.lab.CurveChart;
import org.gtrturbo.lab.Evaluator;
import org.gtrturbo.lab.RunCurves;
import org.gtrturbo.lab.RunSummary;
import org.gtrturbo.platform.blobs.BlobStore;
import org.gtrturbo.platform.kafka.Cluster;
import org.gtrturbo.platform.kafka.DeadLetters;
import org.gtrturbo.platform.kafka.EventReader;
import org.gtrturbo.platform.kafka.Received;
import org.gtrturbo.platform.settings.Settings;
import org.gtrturbo.platform.settings.SettingsWriter;
import org.gtrturbo.policy.PolicyFile;
import org.gtrturbo.policy.Sampling;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What a run leaves: scores of its warm start, policy and teacher on the same hands, models, a
 * chart, a summary.
 */
record RunResult(
    Settings settings,
    Optional<RunSummary.Replay> replay,
    RunFolder folder,
    Cluster cluster,
    TopicCatalogue topics,
    BlobStore blobs) {
  private static final Logger LOG = LoggerFactory.getLogger(RunResult.class);

  /**
   * @return empty where there is no policy yet
   */
  Optional<RunSummary> write(boolean completed, Instant startedAt, TrainingRun.Times times) {
    Optional<Checkpoint> newest =
        EventReader.latest(cluster, topics.checkpoints()).map(Received.Event::value);
    if (newest.isEmpty()) {
      return Optional.empty();
    }
    Checkpoint checkpoint = newest.get();
    Optional<Teacher> teacher =
        EventReader.latest(cluster, topics.teachers(), Teachers::isOwn).map(Received.Event::value);
    RunSummary.Results results = results(checkpoint, teacher);
    Map<String, String> files = new LinkedHashMap<>();
    export(checkpoint, files);
    teacher.ifPresent(found -> export(found, files));
    chart(files);
    RunSummary summary =
        new RunSummary(
            new RunSummary.Identity(
                settings.run().name(),
                settings.environment().name(),
                settings.run().seed(),
                SettingsWriter.hash(settings),
                replay),
            completed ? RunSummary.Ending.COMPLETED : RunSummary.Ending.STOPPED,
            new RunSummary.Progress(
                checkpoint.getTurnsTrained(),
                checkpoint.getVersion(),
                times.turnsPerSecond(),
                new RunSummary.Seconds(
                    Duration.between(startedAt, Instant.now()).toMillis() / 1000.0,
                    times.warmStartSeconds(startedAt),
                    times.trainingSeconds())),
            results,
            files);
    summary.write(folder.summary());
    return Optional.of(summary);
  }

  private RunSummary.Results results(Checkpoint newest, Optional<Teacher> teacher) {
    WeightBlobs weights = new WeightBlobs(blobs);
    PolicyWeights policy = weights.load(newest);
    PolicyWeights base = newest.getVersion() == 0 ? policy : weights.load(base());
    int threads = Math.max(1, Runtime.getRuntime().availableProcessors());
    try (Evaluator evaluator = Evaluator.of(settings, policy.spec(), threads)) {
      return new RunSummary.Results(
          outcome(evaluator, base),
          outcome(evaluator, policy),
          teacher.map(
              found -> {
                RunSummary.Outcome outcome = outcome(evaluator, weights.load(found));
                return new RunSummary.TeacherOutcome(
                    found.getVersion(),
                    found.getRule(),
                    found.getMerged(),
                    outcome.sampled(),
                    outcome.greedy());
              }));
    }
  }

  private RunSummary.Outcome outcome(Evaluator evaluator, PolicyWeights weights) {
    Sampling sampled = Sampling.at(settings.actor().temperature());
    int episodes = settings.run().episodes();
    return new RunSummary.Outcome(
        RunSummary.Rate.of(evaluator.evaluate(weights.parameters(), sampled, episodes)),
        RunSummary.Rate.of(evaluator.evaluate(weights.parameters(), Sampling.GREEDY, episodes)));
  }

  private Checkpoint base() {
    List<Checkpoint> first = new ArrayList<>();
    try (var reader =
        EventReader.open(cluster, topics.checkpoints(), "base", DeadLetters.logged("base"))) {
      reader.readToEnd(
          received -> {
            if (first.isEmpty() && received instanceof Received.Event<Checkpoint> event) {
              first.add(event.value());
            }
          });
    }
    return first.getFirst();
  }

  private void export(Checkpoint checkpoint, Map<String, String> files) {
    PolicyWeights policy = new WeightBlobs(blobs).load(checkpoint);
    Map<String, String> lineage = CheckpointMetadata.of(settings, checkpoint);
    byte[] onnx = new PolicyFile(policy.spec(), policy.parameters(), lineage).toOnnx();
    keep("policy", folder.policy(), onnx, files);
  }

  private void export(Teacher teacher, Map<String, String> files) {
    if (teacher.getOnnx().getSha256().isEmpty()) {
      LOG.warn(
          "run={} teacher {} is too large for a file of every version",
          teacher.getRun(),
          teacher.getVersion());
      return;
    }
    var content = blobs.get(teacher.getOnnx());
    byte[] onnx = new byte[content.remaining()];
    content.get(onnx);
    keep("teacher", folder.teacher(), onnx, files);
  }

  private void keep(String what, Path file, byte[] contents, Map<String, String> files) {
    Texts.write(file, contents);
    files.put(what, String.valueOf(file.getFileName()));
  }

  private void chart(Map<String, String> files) {
    try {
      CurveChart.write(
          folder.curve(),
          settings.run().name() + ": success while training on " + settings.environment().name(),
          RunCurves.read(cluster, topics));
      files.put("learning curve", String.valueOf(folder.curve().getFileName()));
    } catch (ChartException noFonts) {
      LOG.warn("run={} has no chart: {}", settings.run().name(), noFonts.getMessage());
    }
  }
}
