package org.gtrturbo.lineage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What was pruned is written down beside the blobs. */
class PrunedStatesTest {
  @TempDir Path blobs;

  @Test
  void nothingIsPrunedUntilSomethingIs() {
    assertThat(PrunedStates.in(blobs)).isEqualTo(new PrunedStates(0));
    assertThat(PrunedStates.in(blobs).contains(0)).isFalse();
    assertThat(PrunedStates.in(blobs).contains(1)).isFalse();
  }

  @Test
  void whatIsWrittenIsReadAndNothingElseIsLeft() throws IOException {
    new PrunedStates(6).writeTo(blobs);
    new PrunedStates(9).writeTo(blobs);

    PrunedStates pruned = PrunedStates.in(blobs);
    assertThat(pruned.contains(0)).isFalse();
    assertThat(pruned.contains(1)).isTrue();
    assertThat(pruned.contains(9)).isTrue();
    assertThat(pruned.contains(10)).isFalse();
    try (var files = Files.list(blobs)) {
      assertThat(files).containsExactly(blobs.resolve("pruned-through"));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "all", "-3", "[[1,2]]"})
  void aBrokenFileIsNamed(String content) throws IOException {
    Files.writeString(blobs.resolve(PrunedStates.FILE_NAME), content);

    assertThatThrownBy(() -> PrunedStates.in(blobs))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(
            blobs.resolve("pruned-through") + " should hold the last version whose");
  }
}
