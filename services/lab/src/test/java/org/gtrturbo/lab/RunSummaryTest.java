package org.gtrturbo.lab;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.OptionalDouble;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Summaries as files. */
class RunSummaryTest {
  @TempDir Path folder;

  @Test
  void whatIsWrittenIsRead() {
    Path file = folder.resolve(RunSummary.FILE_NAME);
    for (var summary :
        new RunSummary[] {
          Summaries.run("a", 1, 40), Summaries.withoutTeacher(Summaries.run("b", 2, 30))
        }) {
      summary.write(file);

      assertThat(RunSummary.read(file)).isEqualTo(summary);
    }
  }

  @Test
  void theFileIsForPeopleTooAndAlwaysInOneOrder() {
    assertThat(Summaries.run("demo", 1, 40).json())
        .startsWith(
            """
            {
              "run" : {
                "name" : "demo",
                "environment" : "ezpoints",
                "seed" : 1,
                "settingsHash" : "0123abcd"
              },
              "ending" : "COMPLETED",
              "progress" : {
                "turns" : 60000,
                "updates" : 118,
                "turnsPerSecond" : 248.5,
                "seconds" : {
                  "wall" : 312.25,
                  "warmStart" : 48.5,
                  "training" : 241.5
                }
              },
              "results" : {
                "warmStart" : {
                  "sampled" : {
                    "episodes" : 100,
                    "successes" : 10,
                    "success" : 0.1,
            """)
        .endsWith(
            """
              "files" : {
                "learning curve" : "learning-curve.png",
                "policy" : "policy.onnx"
              }
            }
            """);
  }

  @Test
  void aRateKeepsTheScoreAndItsInterval() {
    var score = new Score(263, 81, 0, OptionalDouble.empty(), 1, 8);

    RunSummary.Rate rate = RunSummary.Rate.of(score);

    assertThat(rate.successes()).isEqualTo(81);
    assertThat(rate.estimate()).isEqualTo(score.success());
  }

  @Test
  void anotherFileIsRefusedByName() throws IOException {
    Path file = folder.resolve("other.json");
    Files.writeString(file, "{\"run\": {\"nickname\": \"x\"}}");

    assertThatThrownBy(() -> RunSummary.read(file))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("other.json is not the summary of a run")
        .hasMessageContaining("nickname");
    Files.writeString(file, "{}");
    assertThatThrownBy(() -> RunSummary.read(file))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("other.json is not the summary of a run");
    assertThatThrownBy(() -> RunSummary.read(folder.resolve("missing.json")))
        .isInstanceOf(UncheckedIOException.class)
        .hasMessageContaining("missing.json");
  }
}
