package org.gtrturbo.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What the live view looks like. */
class DashboardTest {
  private final Dashboard dashboard = new Dashboard(Glyphs.BLOCKS);

  @Test
  void aRunInTrainingFillsEveryLine() {
    assertThat(text(dashboard.render(Views.training().at(Views.START.plusSeconds(252)), 100)))
        .isEqualTo(
            """
            GTR-Turbo Streams · demo · ezpoints                                                  elapsed 0:04:12
            training    ████████████████░░░░░░░░░░░░░░░░░░░░░░░░   40 %, 24,576 of 60,000 turns, 0:02:57 left
            success     batch 40.0 %   average 34.1 %   ▃▃▃▃▃▃▄▄▄▄▄▄▄▅▅▅▅▅▅▅▆▆▆▆▆▆▇▇▇▇▇▇▇███████
              policy    sampled 37.5 % [29.6, 46.1] v48       greedy 45.3 % [37.0, 53.9] v44
              teacher   sampled 41.4 % [33.2, 50.1] v40       greedy -
            versions    policy 48   teacher 40 (ema of 41 checkpoints)
            entropy     thought 0.412 nats   action 0.087 nats
            pace        200 turns/s   data 1.8 s old   staleness mean 1.2, most 2 versions
            """);
  }

  @Test
  void aWarmStartShowsItsStepsAndWhatIsNotKnownYetAsADash() {
    RunView view = Views.empty();
    view.warmStart(10, 1_000, 2.5, Views.START.plusSeconds(3));
    view.warmStart(250, 1_000, 0.8125, Views.START.plusSeconds(23));

    assertThat(text(dashboard.render(view.at(Views.START.plusSeconds(23)), 80)))
        .isEqualTo(
            """
            GTR-Turbo Streams · demo · ezpoints                              elapsed 0:00:23
            warm start  ███░░░░░░░░░░░░   25 %, 250 of 1,000 steps, loss 0.813, 0:01:02 left
            success     batch -   average -
              policy    sampled -                             greedy -
              teacher   sampled -                             greedy -
            versions    policy -   teacher -
            entropy     thought -   action -
            pace        -   data -   staleness mean -, most -
            """);
  }

  @Test
  void itHasTheSameNumberOfLinesFromTheFirstMomentAndFitsAnyWidth() {
    var nothing = Views.empty().at(Views.START);
    var everything = Views.training().at(Views.START.plusSeconds(252));

    for (int width : new int[] {20, 40, 79, 80, 132, 250}) {
      assertThat(dashboard.render(everything, width))
          .hasSameSizeAs(dashboard.render(nothing, width))
          .allSatisfy(line -> assertThat(line.length()).isLessThanOrEqualTo(width));
    }
  }

  @Test
  void aTerminalWithoutTheCharactersGetsPlainOnes() {
    Glyphs glyphs = Glyphs.of(StandardCharsets.US_ASCII);
    var state = Views.training().at(Views.START.plusSeconds(252));

    assertThat(text(new Dashboard(glyphs).render(state, 100))).isASCII().contains("######......");
    assertThat(Glyphs.of(StandardCharsets.UTF_8)).isEqualTo(Glyphs.BLOCKS);
  }

  @Test
  void oneLineSaysWhatMatters() {
    assertThat(dashboard.line(Views.training().at(Views.START.plusSeconds(252))))
        .isEqualTo(
            "0:04:12   training 40 %, 24,576 of 60,000 turns, 0:02:57 left   success 34.1 %  "
                + " policy 37.5 %   teacher 41.4 %   200 turns/s");
  }

  private static String text(List<String> lines) {
    return String.join("\n", lines) + "\n";
  }
}
