package org.gtrturbo.cli;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.gtrturbo.agents.WeightBlobs;
import org.gtrturbo.events.Checkpoint;
import org.gtrturbo.events.RunStatus;
import org.gtrturbo.events.Teacher;
import org.gtrturbo.events.TopicCatalogue;
import org.gtrturbo.lab.ChartException;
import org.gtrturbo.lab.CurveChart;
import org.gtrturbo.lab.Evaluator;
import org.gtrturbo.lab.RunSummary;
import org.gtrturbo.lab.Score;
import org.gtrturbo.lab.TeacherTrial;
import org.gtrturbo.learner.LearnerService;
import org.gtrturbo.lineage.RecordedRun;
import org.gtrturbo.merger.MergerService;
import org.gtrturbo.platform.blobs.FolderBlobStore;
import org.gtrturbo.platform.blobs.LayeredBlobStore;
import org.gtrturbo.platform.kafka.Cluster;
import org.gtrturbo.platform.kafka.EventReader;
import org.gtrturbo.platform.kafka.TopicAdmin;
import org.gtrturbo.platform.settings.Settings;
import org.gtrturbo.platform.settings.SettingsWriter;
import org.gtrturbo.policy.Parameters;
import org.gtrturbo.policy.PolicySpec;

/**
 * Merges the checkpoints of a recorded run anew, as a run of its own, and tells which rule made the
 * better teachers. Nothing is trained: the checkpoints are those that were made under the recorded
 * teacher's guidance.
 */
final class MergeReplay {
  private static final Duration MERGED_WITHIN = Duration.ofMinutes(10);
  private static final Duration ANSWERS_WITHIN = Duration.ofSeconds(20);

  private final OpenedRun recorded;
  private final Settings settings;
  private final RunFolder folder;
  private final int episodes;
  private final Instant startedAt = Instant.now();

  /**
   * @param episodes played with each teacher, sampled and greedy
   */
  MergeReplay(OpenedRun recorded, Settings settings, RunFolder folder, int episodes) {
    this.recorded = recorded;
    this.settings = settings;
    this.folder = folder;
    this.episodes = episodes;
  }

  /**
   * Merges and evaluates.
   *
   * @return lines to print
   * @throws UsageException if the settings change more than how checkpoints are merged
   */
  List<String> execute() {
    requireOnlyMergingChanged();
    List<Checkpoint> checkpoints = recorded.log().checkpoints();
    if (checkpoints.isEmpty()) {
      throw new UsageException("run " + recorded.name() + " has no checkpoint to merge");
    }
    LearnerService.check(settings, recorded.log());
    try (RunBroker broker = RunBroker.of(settings, folder)) {
      Cluster cluster = broker.cluster();
      cluster.check(ANSWERS_WITHIN);
      List<Teacher> merged = merge(cluster, checkpoints);
      Duration merging = Duration.between(startedAt, Instant.now());
      return report(checkpoints, merged, merging);
    }
  }

  private void requireOnlyMergingChanged() {
    RunOptions.requireSameSettings(folder, settings);
    List<String> others =
        SettingsWriter.differences(recorded.settings(), settings).stream()
            .filter(SettingsWriter.Difference::trained)
            .filter(each -> !each.name().startsWith("teacher."))
            .map(SettingsWriter.Difference::toString)
            .toList();
    if (!others.isEmpty()) {
      throw new UsageException(
          "--only merger trains nothing and can change teacher.* alone, not\n  "
              + String.join("\n  ", others));
    }
  }

  private List<Teacher> merge(Cluster cluster, List<Checkpoint> checkpoints) {
    var topics = new TopicCatalogue(settings.run().name(), settings.kafka().trajectoryPartitions());
    TopicAdmin.create(cluster, topics.all());
    var blobs = new LayeredBlobStore(new FolderBlobStore(folder.blobs()), recorded.log().blobs());
    var log = new RunLog(settings, cluster, startedAt, Optional.of(recorded.name()));
    log.begin(new RecordedRun(cluster, topics, blobs), false);
    Texts.write(folder.settings(), SettingsWriter.toYaml(settings).getBytes(UTF_8));
    publish(cluster, topics, checkpoints);
    try (var merger = MergerService.start(settings, cluster, blobs, folder.mergerState())) {
      LastTeacher.await(
          cluster,
          topics,
          merger,
          settings.teacher(),
          checkpoints.getLast().getVersion(),
          MERGED_WITHIN,
          folder.log());
    }
    log.announce(RunStatus.COMPLETED);
    return new RecordedRun(cluster, topics, blobs).teachers();
  }

  /** Those that an earlier attempt has published already are not published again. */
  private static void publish(
      Cluster cluster, TopicCatalogue topics, List<Checkpoint> checkpoints) {
    long newest =
        EventReader.latest(cluster, topics.checkpoints())
            .map(event -> event.value().getVersion())
            .orElse(-1L);
    try (var publisher = cluster.publisher(topics.checkpoints(), "replay-" + topics.run())) {
      checkpoints.stream()
          .filter(checkpoint -> checkpoint.getVersion() > newest)
          .forEach(
              checkpoint ->
                  publisher.publish(
                      topics.run(),
                      Checkpoint.newBuilder(checkpoint).setRun(topics.run()).build()));
    }
  }

  private List<String> report(
      List<Checkpoint> checkpoints, List<Teacher> merged, Duration merging) {
    List<TeacherTrial> trials = tried(checkpoints, merged);
    List<String> lines = new ArrayList<>();
    lines.add(
        String.format(
            Locale.ROOT,
            "%,d checkpoints of %s merged into %,d teachers in %.1f s, evaluated in %.1f s",
            checkpoints.size(),
            recorded.name(),
            merged.size(),
            merging.toMillis() / 1e3,
            Duration.between(startedAt.plus(merging), Instant.now()).toMillis() / 1e3));
    trials.forEach(trial -> lines.addAll(table(trial)));
    lines.add("");
    lines.addAll(chart(trials));
    return lines;
  }

  private List<TeacherTrial> tried(List<Checkpoint> checkpoints, List<Teacher> merged) {
    var blobs = new LayeredBlobStore(new FolderBlobStore(folder.blobs()), recorded.log().blobs());
    var stage = new RecordedStage(checkpoints, new WeightBlobs(blobs));
    Map<String, List<Teacher>> sets = new TreeMap<>();
    sets.put(
        recorded.name() + ", as recorded: " + rule(recorded.settings()),
        own(recorded.log().teachers()));
    sets.put(settings.run().name() + ": " + rule(settings), own(merged));
    List<TeacherTrial> trials = new ArrayList<>();
    try (var evaluator = Evaluator.of(settings, stage.spec(), 1)) {
      sets.forEach(
          (rule, teachers) ->
              trials.add(
                  TeacherTrial.of(
                      rule,
                      teachers,
                      stage,
                      evaluator,
                      settings.actor().temperature(),
                      episodes,
                      Runtime.getRuntime().availableProcessors())));
    }
    return trials;
  }

  /** Those of the settings' own rule, each version as it was made last. */
  private static List<Teacher> own(List<Teacher> teachers) {
    TreeMap<Long, Teacher> own = new TreeMap<>();
    for (Teacher teacher : teachers) {
      if (Teachers.isOwn(teacher)) {
        own.tailMap(teacher.getVersion(), true).clear();
        own.put(teacher.getVersion(), teacher);
      }
    }
    return List.copyOf(own.values());
  }

  /** The weights of teachers, and how far their checkpoints had got. */
  private record RecordedStage(List<Checkpoint> checkpoints, WeightBlobs blobs)
      implements TeacherTrial.Stage {
    PolicySpec spec() {
      return blobs.loadSpec(checkpoints.getFirst().getPolicy());
    }

    @Override
    public long turns(long version) {
      return checkpoints.stream()
          .filter(each -> each.getVersion() == version)
          .mapToLong(Checkpoint::getTurnsTrained)
          .findFirst()
          .orElse(0);
    }

    @Override
    public Parameters weights(Teacher teacher) {
      return blobs.load(teacher).parameters();
    }
  }

  private static String rule(Settings settings) {
    var teacher = settings.teacher();
    String every = ", every " + teacher.everyCheckpoints();
    String more = teacher.ruleSettings().map(each -> ", " + each).orElse("");
    return switch (teacher.rule()) {
      case EMA -> "ema with alpha " + teacher.alpha() + more + every;
      case FROZEN -> "frozen";
      default -> teacher.rule().text() + more + every;
    };
  }

  private static List<String> table(TeacherTrial trial) {
    List<String> lines = new ArrayList<>();
    lines.add("");
    lines.add(trial.rule());
    lines.add("  teacher      turns   sampled, % [95 % interval]      greedy, %");
    for (TeacherTrial.Tried tried : trial.milestones()) {
      lines.add(
          String.format(
              Locale.ROOT,
              "  %7d   %,8d   %-28s    %s",
              tried.version(),
              tried.turns(),
              rate(tried.sampled()),
              tried.greedy().map(MergeReplay::rate).orElse("")));
    }
    return lines;
  }

  private static String rate(Score score) {
    return SummaryText.rate(RunSummary.Rate.of(score));
  }

  private List<String> chart(List<TeacherTrial> trials) {
    Path png = folder.path().resolve("teachers.png");
    try {
      CurveChart.writeCurves(
          png,
          "Teachers of " + recorded.name() + " by merge rule, sampled",
          trials.stream().map(TeacherTrial::curve).toList());
      return List.of("chart in " + png);
    } catch (ChartException noFonts) {
      return List.of("no chart: " + noFonts.getMessage());
    }
  }
}
