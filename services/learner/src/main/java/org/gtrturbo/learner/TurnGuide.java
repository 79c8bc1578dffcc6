package org.gtrturbo.learner;

import java.util.List;
import org.gtrturbo.events.Turn;

/** Puts a teacher's scores on recorded turns. For one thread, except {@link #end}. */
interface TurnGuide extends AutoCloseable {

  /** Leaves the turns as they were recorded, with the scores that they carry. */
  static TurnGuide asRecorded() {
    return new TurnGuide() {
      @Override
      public List<Turn> guide(List<Turn> turns) {
        return turns;
      }

      @Override
      public void end() {}

      @Override
      public void close() {}
    };
  }

  /**
   * The same turns in the same order, with the scores of the teachers that guide them here.
   *
   * @throws InterruptedException also after {@link #end}
   */
  List<Turn> guide(List<Turn> turns) throws InterruptedException;

  /** Ends a wait for a teacher. From any thread. */
  void end();

  @Override
  void close();
}
