package org.gtrturbo.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.time.Duration;
import java.util.Optional;
import org.gtrturbo.cli.ViewState.Phase;
import org.junit.jupiter.api.Test;

/** What the view makes of events. */
class RunViewTest {

  @Test
  void theRunStartsThenWarmsUpThenTrains() {
    RunView view = Views.empty();
    assertThat(view.at(Views.START).phase()).isEqualTo(new Phase.Starting());

    view.warmStart(10, 40, 1.5, Views.START);
    assertThat(view.at(Views.START).phase())
        .isEqualTo(new Phase.WarmStart(10, 40, 1.5, Optional.empty()));

    view.add(Views.checkpoint(0, 0, 60));
    assertThat(view.at(Views.START).phase())
        .isEqualTo(new Phase.Training(0, 60_000, Optional.empty()));
  }

  @Test
  void thePaceIsOfTheLastMinuteAndGivesTheTimeLeft() {
    RunView view = Views.empty();
    // A resumed run: what was trained long ago says nothing about the pace now.
    view.add(Views.checkpoint(1, 10_000, 0));
    view.add(Views.checkpoint(2, 10_500, 5_000));
    view.add(Views.checkpoint(3, 12_500, 5_010));

    ViewState state = view.at(Views.START.plusSeconds(5_010));

    assertThat(state.training().turnsPerSecond().orElseThrow()).isCloseTo(200, within(1e-9));
    assertThat(state.phase())
        .isEqualTo(new Phase.Training(12_500, 60_000, Optional.of(Duration.ofMillis(237_500))));
  }

  @Test
  void aBatchThatIsHeardOfAgainIsCountedOnce() {
    RunView view = Views.empty();
    view.add(Views.batch(1, 0.25));
    view.add(Views.batch(2, 0.5));
    view.add(Views.batch(1, 0.25));
    view.add(Views.batch(2, 0.5));

    assertThat(view.at(Views.START).success().batches()).containsExactly(0.25, 0.5);
  }

  @Test
  void theAverageIsOfTheNewestBatches() {
    RunView view = Views.empty();
    for (int version = 1; version <= 10; version++) {
      view.add(Views.batch(version, 0));
    }
    for (int version = 11; version <= 10 + RunView.BATCHES_OF_AVERAGE; version++) {
      view.add(Views.batch(version, 0.5));
    }

    assertThat(view.at(Views.START).success().average().orElseThrow())
        .isCloseTo(0.5, within(1e-12));
  }
}
