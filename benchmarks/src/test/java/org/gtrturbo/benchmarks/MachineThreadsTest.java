package org.gtrturbo.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.gtrturbo.benchmarks.MachineThreads.Task;
import org.gtrturbo.benchmarks.MachineThreads.Work;
import org.junit.jupiter.api.Test;

/** CPU time of the Java machine's threads is read as Linux writes it and summed by their work. */
class MachineThreadsTest {
  private static final String STAT =
      "41 (C2 (odd) Compil) S 1 40 40 0 -1 4194368 100 0 3 0 250 31 7 9 20 0 30 0 512 1 2 3";

  @Test
  void aNameMayHoldBlanksAndBrackets() {
    assertThat(MachineThreads.name(STAT)).isEqualTo("C2 (odd) Compil");
  }

  @Test
  void ticksAreThoseOfUserAndSystemButNotOfChildren() {
    assertThat(MachineThreads.ticks(STAT)).isEqualTo(281);
  }

  @Test
  void aWorkHasTheTimeOfItsThreadsSinceThenAndOfThoseThatBeganSince() {
    Task compiler = new Task(1, "C1 CompilerThre");
    Task newCompiler = new Task(2, "C2 CompilerThre");
    Task collector = new Task(3, "GC Thread#0");
    MachineThreads before = new MachineThreads(Map.of(compiler, 100L, collector, 5L));

    MachineThreads after =
        new MachineThreads(Map.of(compiler, 150L, newCompiler, 25L, collector, 10L));

    assertThat(after.secondsSince(before, Work.COMPILER)).isEqualTo(0.75);
    assertThat(after.secondsSince(before, Work.COLLECTOR)).isEqualTo(0.05);
    assertThat(after.secondsSince(before, Work.MACHINE)).isZero();
  }
}
