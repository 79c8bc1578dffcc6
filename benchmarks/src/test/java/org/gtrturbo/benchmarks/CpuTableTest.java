package org.gtrturbo.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Map;
import org.gtrturbo.benchmarks.MachineThreads.Work;
import org.junit.jupiter.api.Test;

/** Shares are of all the CPU time that the process used, whoever used it. */
class CpuTableTest {
  private static final CpuProfile.Seconds SECONDS =
      new CpuProfile.Seconds(
          50,
          Map.of(Activity.ONNX_RUNTIME, 20.0, Activity.KAFKA, 2.0, Activity.BLOBS, 0.5),
          1,
          Map.of(Work.COMPILER, 4.0, Work.COLLECTOR, 0.5));

  @Test
  void whatNobodyElseUsedIsLeftForTheRuntimesOwnThreads() {
    assertThat(SECONDS.rest()).isCloseTo(22, within(1e-9));
  }

  @Test
  void kafkaAndBlobsAreCountedTogetherAndAtMostWithWhatIsNotKnown() {
    CpuTable table = new CpuTable(SECONDS);

    assertThat(table.carrying()).isCloseTo(5, within(1e-9));
    assertThat(table.carryingAtMost()).isCloseTo(7, within(1e-9));
  }

  @Test
  void theTableHasTheLargestPartFirstAndTheProcessLast() {
    var lines = new CpuTable(SECONDS).lines();

    assertThat(lines.get(1)).startsWith("ONNX Runtime's own threads").endsWith("22.00   44.00");
    assertThat(lines.getLast()).startsWith("the process").endsWith("50.00  100.00");
  }
}
