package org.gtrturbo.learner;

import static org.assertj.core.api.Assertions.assertThat;
import static org.gtrturbo.learner.TestTurns.turn;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.gtrturbo.events.LeftOut;
import org.gtrturbo.events.LeftOutReason;
import org.gtrturbo.events.OffsetRange;
import org.gtrturbo.events.PartitionProgress;
import org.gtrturbo.events.Turn;
import org.junit.jupiter.api.Test;

/** One rule a test, on one partition; batches are ready with two turns. */
class BatchAssemblerTest {
  private static final BatchAssembler.Rules RULES =
      new BatchAssembler.Rules(
          2,
          1,
          turn ->
              turn.getEnvironment().equals("numberline")
                  ? Optional.empty()
                  : Optional.of("it is of another environment"));

  private BatchAssembler assembler = startingAt(new PartitionProgress(0, 0L, List.of()), 0);
  private long next;
  private long version;

  @Test
  void anEpisodeIsTrainedOnWholeWithTheTurnsAnotherOneLeftBetweenThem() {
    add(turn("a", 0, 0));
    add(turn("b", 0, 0));
    add(last("a", 0, 1));

    Batch batch = ready();
    assertThat(batch.turns()).extracting(PlacedTurn::offset).containsExactly(0L, 2L);
    assertThat(batch.account().trained())
        .containsExactly(new OffsetRange(0, 0L, 0L), new OffsetRange(0, 2L, 2L));
    assertThat(batch.account().leftOut()).isEmpty();
    assertThat(batch.account().progress())
        .containsExactly(new PartitionProgress(0, 1L, List.of(new OffsetRange(0, 2L, 2L))));
    assertThat(batch.account().consumed()).containsExactly(new OffsetRange(0, 0L, 2L));
  }

  @Test
  void aBatchWaitsUntilTheEpisodesCompletedHaveTheTurns() {
    add(last("a", 0, 0));
    assertThat(assembler.takeBatch()).isEmpty();
    add(last("b", 0, 0));
    assertThat(ready().episodes()).hasSize(2);
    assertThat(assembler.takeBatch()).isEmpty();
  }

  @Test
  void aTurnThatComesAgainIsLeftOutAsRepeatedAndItsEpisodeStaysWhole() {
    add(turn("a", 0, 0));
    add(turn("a", 0, 0));
    add(last("a", 0, 1));
    assertThat(leftOut(ready())).isEqualTo(Map.of(LeftOutReason.REPEATED, "1-1"));
    add(last("a", 0, 1));
    assertThat(leftOut(nextBatch())).isEqualTo(Map.of(LeftOutReason.REPEATED, "3-3"));
  }

  @Test
  void anEpisodeWithAMissingTurnIsLeftOutAsAGapToItsEnd() {
    add(turn("a", 0, 0));
    add(turn("a", 0, 2));
    add(last("a", 0, 3));
    assertThat(leftOut(nextBatch())).isEqualTo(Map.of(LeftOutReason.GAP, "0-2"));
  }

  @Test
  void offsetsThatReadingJumpsOverAreAGap() {
    next = 5;
    assertThat(leftOut(nextBatch())).isEqualTo(Map.of(LeftOutReason.GAP, "0-4"));
  }

  @Test
  void aNewerAttemptTakesThePlaceOfAnOlderOne() {
    add(turn("a", 0, 0));
    add(turn("a", 1, 0));
    add(turn("a", 0, 1));
    add(last("a", 1, 1));
    Batch batch = ready();
    assertThat(batch.turns()).extracting(PlacedTurn::offset).containsExactly(1L, 3L);
    assertThat(leftOut(batch)).isEqualTo(Map.of(LeftOutReason.ABANDONED, "0-0 2-2"));
  }

  @Test
  void anEpisodeWithATurnThatCannotBeTrainedOnIsLeftOutWhole() {
    add(turn("a", 0, 0));
    add(turn("a", 0, 1).setEnvironment("chess"));
    add(last("a", 0, 2));
    assertThat(leftOut(nextBatch())).isEqualTo(Map.of(LeftOutReason.UNUSABLE, "0-2"));
  }

  @Test
  void aTurnOfAPolicyThatDoesNotExistYetCannotBeTrainedOn() {
    add(last("a", 0, 0).setPolicyVersion(1));
    assertThat(leftOut(nextBatch())).isEqualTo(Map.of(LeftOutReason.UNUSABLE, "0-0"));
  }

  @Test
  void aRecordThatIsNoTurnIsLeftOut() {
    assembler.add(TestTurns.unreadable(0, next++));
    assertThat(leftOut(nextBatch())).isEqualTo(Map.of(LeftOutReason.UNREADABLE, "0-0"));
  }

  @Test
  void aTurnJustWithinTheBoundIsTrainedOnAndOneBeyondIsStale() {
    startVersion(2);
    add(turn("old", 0, 0).setPolicyVersion(0));
    add(turn("a", 0, 0).setPolicyVersion(1));
    add(last("a", 0, 1).setPolicyVersion(2));
    add(last("old", 0, 1).setPolicyVersion(2));
    Batch batch = ready();
    assertThat(batch.turns()).extracting(PlacedTurn::offset).containsExactly(1L, 2L);
    assertThat(leftOut(batch)).isEqualTo(Map.of(LeftOutReason.STALE, "0-0 3-3"));
  }

  @Test
  void anOpenEpisodeThatBecomesTooOldIsLeftOutWhenTheVersionRises() {
    add(turn("a", 0, 0));
    startVersion(1);
    add(turn("a", 0, 1).setPolicyVersion(1));
    startVersion(2);
    add(last("a", 0, 2).setPolicyVersion(2));
    assertThat(leftOut(nextBatch())).isEqualTo(Map.of(LeftOutReason.STALE, "0-2"));
  }

  @Test
  void aTurnBehindTheEndOfItsEpisodeIsUnusable() {
    add(last("a", 0, 0));
    add(turn("a", 0, 1));
    assertThat(leftOut(nextBatch())).isEqualTo(Map.of(LeftOutReason.UNUSABLE, "1-1"));
  }

  @Test
  void afterARestartWhatIsSettledIsSkippedAndKnownAndWhatIsOpenGoesOn() {
    add(turn("open", 0, 0));
    add(last("done", 0, 0));
    add(last("done too", 0, 0));
    Batch before = ready();
    assembler = startingAt(before.account().progress().getFirst(), 1);
    next = 0;
    add(turn("open", 0, 0));
    add(last("done", 0, 0));
    add(last("done too", 0, 0));
    add(last("done", 0, 0));
    add(last("open", 0, 1));
    Batch after = ready();
    assertThat(after.turns()).extracting(PlacedTurn::offset).containsExactly(0L, 4L);
    assertThat(leftOut(after)).isEqualTo(Map.of(LeftOutReason.REPEATED, "3-3"));
  }

  @Test
  void aRecordThatIsDeliveredAgainBeforeItIsSettledCountsOnce() {
    add(turn("a", 0, 0));
    next = 0;
    add(turn("a", 0, 0));
    add(last("a", 0, 1));
    assertThat(leftOut(ready())).isEmpty();
  }

  private static BatchAssembler startingAt(PartitionProgress progress, long version) {
    return new BatchAssembler(RULES, version, List.of(progress));
  }

  private static Turn.Builder last(String episode, int attempt, int index) {
    return turn(episode, attempt, index).setTerminated(true);
  }

  private void startVersion(long newer) {
    version = newer;
    assembler.startVersion(newer);
  }

  private void add(Turn.Builder turn) {
    assembler.add(TestTurns.received(0, next++, turn.build()));
  }

  private Batch ready() {
    return assembler.takeBatch().orElseThrow();
  }

  /** Brings a batch about with two episodes of one turn. */
  private Batch nextBatch() {
    add(last("x" + next, 0, 0).setPolicyVersion(version));
    add(last("x" + next, 0, 0).setPolicyVersion(version));
    return ready();
  }

  private static Map<LeftOutReason, String> leftOut(Batch batch) {
    Map<LeftOutReason, String> text = new TreeMap<>();
    for (LeftOut reason : batch.account().leftOut()) {
      long turns = 0;
      StringBuilder ranges = new StringBuilder();
      for (OffsetRange range : reason.getRanges()) {
        ranges.append(ranges.isEmpty() ? "" : " ").append(range.getFirst() + "-" + range.getLast());
        turns += range.getLast() - range.getFirst() + 1;
      }
      assertThat(reason.getTurns()).isEqualTo(turns);
      text.put(reason.getReason(), ranges.toString());
    }
    return text;
  }
}
