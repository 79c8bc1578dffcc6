package org.gtrturbo.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

final class OpenBlasCoreTest {

  @Test
  void widerVectorsAskForNewerKernels() {
    List<String> wide =
        List.of("fpu", "fma", "avx2", "avx512f", "avx512dq", "avx512bw", "avx512vl");

    assertThat(OpenBlasCore.named(wide)).contains("SKYLAKEX");
    assertThat(OpenBlasCore.named(List.of("fma", "avx2"))).contains("HASWELL");
  }

  @Test
  void partOfTheWideInstructionsIsNotEnough() {
    assertThat(OpenBlasCore.named(List.of("fma", "avx2", "avx512f"))).contains("HASWELL");
    assertThat(OpenBlasCore.named(List.of("sse2"))).isEmpty();
  }
}
