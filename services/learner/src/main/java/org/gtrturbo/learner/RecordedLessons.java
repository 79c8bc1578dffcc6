package org.gtrturbo.learner;

import java.util.List;
import java.util.stream.IntStream;
import org.gtrturbo.events.LedgerEntry;
import org.gtrturbo.events.Turn;
import org.gtrturbo.lineage.RecordedRun;
import org.gtrturbo.lineage.RecordedTurns;
import org.gtrturbo.platform.kafka.Received;

/** A {@link LessonBuffer} as it was at a committed version, from the log. */
final class RecordedLessons {
  private RecordedLessons() {}

  /**
   * Adds the turns of the versions that the buffer is made of, each as it was trained on.
   *
   * @param run whose trajectories were trained on
   * @param guide that puts the teachers' thoughts on the turns
   * @param version the newest that has been trained
   * @throws org.gtrturbo.lineage.TamperedLogException if the log does not have a turn any more
   */
  static void recall(RecordedRun run, TurnGuide guide, long version, LessonBuffer lessons)
      throws InterruptedException {
    if (version == 0 || lessons.capacity() == 0) {
      return;
    }
    List<LedgerEntry> ledger = run.newestLedger(version, lessons.capacity());
    try (RecordedTurns turns = run.turnsBehind(ledger.getFirst().getVersion() - 1)) {
      for (LedgerEntry taken : ledger) {
        lessons.add(guided(turns.take(taken), guide));
      }
    }
  }

  private static List<PlacedTurn> guided(List<Received.Event<Turn>> records, TurnGuide guide)
      throws InterruptedException {
    List<Turn> turns = guide.guide(records.stream().map(Received.Event::value).toList());
    return IntStream.range(0, turns.size())
        .mapToObj(
            index ->
                new PlacedTurn(
                    records.get(index).partition(), records.get(index).offset(), turns.get(index)))
        .toList();
  }
}
