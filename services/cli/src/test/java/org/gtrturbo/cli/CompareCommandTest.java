package org.gtrturbo.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import javax.imageio.ImageIO;
import org.gtrturbo.events.RunStatus;
import org.gtrturbo.lab.RunSummary.Ending;
import org.gtrturbo.platform.broker.EmbeddedBroker;
import org.gtrturbo.platform.kafka.Cluster;
import org.gtrturbo.platform.settings.Settings;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

/** Runs side by side: complete ones, stopped ones, ones that are going on. */
@Timeout(120)
@Execution(ExecutionMode.CONCURRENT)
class CompareCommandTest {
  private static final int FIRST_GREY = 0x8A93A0;
  private static final int SECOND_BLUE = 0x1F6FB4;

  @TempDir private Path home;

  private Path runs;
  private Path png;

  private record Answer(int exitCode, String output, String errors) {}

  @BeforeEach
  void places() {
    runs = home.resolve("runs");
    png = home.resolve("comparison.png");
  }

  @Test
  void completeAndStoppedRunsAreComparedAndDrawnFromTheirLogs() throws IOException {
    complete("first", 1, 60);
    RunFolder stopped = RecordedRuns.folder(runs, "second", 1, "teacher.rule=sma");
    Settings settings = RecordedRuns.settings("second", 1, "teacher.rule=sma");
    RecordedRuns.summarise(stopped, settings, Ending.STOPPED, 4, 30);
    log(stopped, settings, RunStatus.STOPPED, 4);

    // One by its name, one by its folder.
    Answer answer = compare("first", stopped.path().toString());

    assertThat(answer.errors()).isEmpty();
    assertThat(answer.output())
        .isEqualTo(
            """
                                    first                  second
            environment             numberline             numberline
            seeds                   1                      1
            state                   complete               stopped
            turns trained on        6,000                  4,000
            updates                 6                      4

            settings, where they differ from first
              second   teacher.rule: ema -> sma

            success, % [95 % interval]
              warm start, sampled    10.0 [  5.5,  17.4]    10.0 [  5.5,  17.4]
              warm start, greedy     20.0 [ 13.3,  28.9]    20.0 [ 13.3,  28.9]
              policy, sampled        60.0 [ 50.2,  69.1]    30.0 [ 21.9,  39.6]
              policy, greedy         60.0 [ 50.2,  69.1]    30.0 [ 21.9,  39.6]

            more than first, % points [95 % interval]
              warm start, sampled       -                   +0.0 [ -8.7,  +8.7]
              warm start, greedy        -                   +0.0 [-11.1, +11.1]
              policy, sampled           -                  -30.0 [-42.2, -16.3]
              policy, greedy            -                  -30.0 [-42.2, -16.3]

            of one run: Wilson's interval, of the episodes played
            between two runs: Newcombe's interval, of the episodes played
            such an interval says nothing of how another seed would have done

            second was stopped before its end; what there is is drawn

            in PNG
            """
                .replace("PNG", png.toString()));
    assertThat(pixels(FIRST_GREY)).isGreaterThan(500);
    assertThat(pixels(SECOND_BLUE)).isGreaterThan(200);
  }

  @Test
  void runsOfSeveralSeedsAreOneColumnWithTheirMean() throws IOException {
    complete("demo-0", 0, 60);
    complete("demo-1", 1, 70);

    Answer answer = compare("demo-0", "demo-1");

    assertThat(answer.errors()).isEmpty();
    assertThat(answer.output())
        .contains("demo-*", "0, 1", "policy, sampled", " 65.0 [  1.5, 100.0]")
        .doesNotContain("more than");
    assertThat(pixels(FIRST_GREY)).isGreaterThan(500);
  }

  @Test
  void aRunThatIsGoingOnIsReadFromItsOwnBrokerAndWhatIsMissingIsSaid() throws IOException {
    complete("first", 1, 60);
    RunFolder going = RecordedRuns.folder(runs, "going", 2, "teacher.rule=sma");
    try (var broker = EmbeddedBroker.start(going.broker())) {
      var cluster = new Cluster(broker.bootstrap());
      RecordedRuns.publish(
          cluster, RecordedRuns.settings("going", 2, "teacher.rule=sma"), RunStatus.STARTED, 3);

      Answer answer = compare("going", "first");

      assertThat(answer.errors()).isEmpty();
      assertThat(answer.output())
          .contains("not ended", "3,000")
          .contains("going is going on, or was killed; what there is is drawn")
          .contains("going has no summary.json, so no success rates");
    }
    assertThat(pixels(FIRST_GREY)).isGreaterThan(200);
  }

  @Test
  void aRunThatWentOnAfterItsSummarySaysHowOldItsSuccessRatesAre() {
    complete("first", 1, 60);
    RunFolder resumed = RecordedRuns.folder(runs, "resumed", 1, "learner.clip=0.3");
    Settings settings = RecordedRuns.settings("resumed", 1, "learner.clip=0.3");
    RecordedRuns.summarise(resumed, settings, Ending.STOPPED, 2, 30);
    log(resumed, settings, RunStatus.STARTED, 5);

    assertThat(compare("first", "resumed").output())
        .contains(
            "resumed was summed up after 2,000 turns and is at 5,000 now; its success rates are"
                + " those of then")
        .contains("learner.clip: ");
  }

  @Test
  void aRunWithoutALogHasATableButNoCurve() {
    complete("first", 1, 60);
    RunFolder bare = RecordedRuns.folder(runs, "bare", 1, "teacher.rule=sma");
    RecordedRuns.summarise(
        bare, RecordedRuns.settings("bare", 1, "teacher.rule=sma"), Ending.COMPLETED, 6, 50);

    Answer answer = compare("first", "bare");

    assertThat(answer.exitCode()).isZero();
    assertThat(answer.output())
        .contains("bare has no log in " + bare.broker() + ", so no curve")
        .contains("-10.0 [");
  }

  @Test
  void whatIsNoRunIsNamedWithTheRunsThatThereAre() {
    RecordedRuns.folder(runs, "demo-0", 0);
    RecordedRuns.folder(runs, "demo-1", 1);

    Answer answer = compare("demo-0", "demo-2");

    assertThat(answer.exitCode()).isEqualTo(2);
    assertThat(answer.errors())
        .isEqualTo(
            "gtr: there is no run demo-2 in %s; there are [demo-0, demo-1]\n".formatted(runs));
    assertThat(compare("demo-0", home.toString()).errors())
        .contains("is not the folder of a run: it has no settings.yaml")
        .hasLineCount(1);
    assertThat(compare("demo-0", "demo-0").errors()).contains("a comparison needs two runs");
  }

  @Test
  void armsThatAreCompleteAreComparedWithoutTrainingAgain() throws IOException {
    for (int seed = 0; seed < 2; seed++) {
      arm("merged", seed, 80 + seed);
      arm("frozen", seed, 70 - seed, "teacher.rule=frozen");
    }

    Answer answer =
        answer(
            List.of(
                "compare-arms",
                "--env",
                "numberline",
                "--seeds",
                "2",
                "--arms",
                "merged,frozen",
                "--runs",
                runs.toString()));

    assertThat(answer.errors()).isEmpty();
    assertThat(answer.output())
        .contains("more than merged", "-11.0 [", " n=2", "teacher.rule: ema -> frozen")
        .endsWith("in " + runs.resolve("arms-numberline") + ".json and .png\n");
    assertThat(Files.readString(runs.resolve("arms-numberline.json"))).contains("\"frozen\"");
    assertThat(runs.resolve("arms-numberline.png")).isNotEmptyFile();
  }

  private void arm(String arm, int seed, int of100, String... changes) {
    String name = "numberline-" + seed + "-" + arm;
    RunFolder folder = RecordedRuns.folder(runs, name, seed, changes);
    RecordedRuns.summarise(
        folder, RecordedRuns.settings(name, seed, changes), Ending.COMPLETED, 6, of100);
  }

  private void complete(String name, long seed, int of100) {
    RunFolder folder = RecordedRuns.folder(runs, name, seed);
    Settings settings = RecordedRuns.settings(name, seed);
    RecordedRuns.summarise(folder, settings, Ending.COMPLETED, 6, of100);
    log(folder, settings, RunStatus.COMPLETED, 6);
  }

  private static void log(RunFolder folder, Settings settings, RunStatus status, int updates) {
    try (var broker = EmbeddedBroker.start(folder.broker())) {
      RecordedRuns.publish(new Cluster(broker.bootstrap()), settings, status, updates);
    }
  }

  private long pixels(int colour) throws IOException {
    var image = ImageIO.read(png.toFile());
    return Arrays.stream(
            image.getRGB(0, 0, image.getWidth(), image.getHeight(), null, 0, image.getWidth()))
        .filter(pixel -> (pixel & 0xFFFFFF) == colour)
        .count();
  }

  private Answer compare(String... names) {
    var arguments =
        new ArrayList<>(List.of("compare", "--runs", runs.toString(), "--output", png.toString()));
    arguments.addAll(List.of(names));
    return answer(arguments);
  }

  private static Answer answer(List<String> arguments) {
    var output = new StringWriter();
    var errors = new StringWriter();
    int exitCode =
        Main.commandLine()
            .setOut(new PrintWriter(output, true))
            .setErr(new PrintWriter(errors, true))
            .execute(arguments.toArray(String[]::new));
    return new Answer(exitCode, output.toString(), errors.toString());
  }
}
