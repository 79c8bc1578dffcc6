package org.gtrturbo.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A device passes where it runs nodes, and leaves no heavy one to another. */
final class NodePlacementTest {
  @TempDir Path folder;

  @Test
  void lightNodesMayRunElsewhere() throws IOException {
    profile("one", event("MatMul", NodePlacement.GPU), event("Gather", NodePlacement.PROCESSOR));
    profile("two", event("Softmax", NodePlacement.GPU));

    DeviceCheck check = NodePlacement.read(folder).check("placement", NodePlacement.GPU);

    assertThat(check.verdict()).isEqualTo(DeviceCheck.Verdict.PASS);
    assertThat(check.figures())
        .containsEntry("CUDAExecutionProvider.milliseconds", 4L)
        .containsEntry("CPUExecutionProvider.operators", "[Gather]");
  }

  @Test
  void aProductOfMatricesElsewhereFails() throws IOException {
    profile("one", event("Softmax", NodePlacement.GPU), event("Gemm", NodePlacement.PROCESSOR));

    DeviceCheck check = NodePlacement.read(folder).check("placement", NodePlacement.GPU);

    assertThat(check.verdict()).isEqualTo(DeviceCheck.Verdict.FAIL);
    assertThat(check.reason()).contains("Gemm");
  }

  @Test
  void aDeviceThatRanNothingFails() throws IOException {
    profile("one", event("Add", NodePlacement.PROCESSOR), "{\"cat\": \"Session\", \"args\": {}}");

    assertThat(NodePlacement.read(folder).check("placement", NodePlacement.GPU).verdict())
        .isEqualTo(DeviceCheck.Verdict.FAIL);
  }

  private void profile(String name, String... events) throws IOException {
    Files.writeString(folder.resolve(name + ".json"), "[" + String.join(",", events) + "]");
  }

  private static String event(String operator, String provider) {
    return "{\"dur\": 2000, \"args\": {\"op_name\": \"%s\", \"provider\": \"%s\"}}"
        .formatted(operator, provider);
  }
}
