package org.gtrturbo.lineage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What was pruned is written down beside the blobs and adds up. */
class PrunedVersionsTest {
  @TempDir Path blobs;

  @Test
  void nothingIsPrunedUntilSomethingIs() {
    assertThat(PrunedVersions.in(blobs).count()).isZero();
    assertThat(PrunedVersions.in(blobs).anyFrom(0)).isFalse();
  }

  @Test
  void rangesAreWrittenAndReadAndJoined() throws IOException {
    PrunedVersions.in(blobs).with(List.of(1L, 2L, 3L, 7L), blobs);
    PrunedVersions.in(blobs).with(List.of(4L, 9L), blobs);

    assertThat(blobs.resolve(PrunedVersions.FILE_NAME)).hasContent("[[1,4],[7,7],[9,9]]");
    PrunedVersions pruned = PrunedVersions.in(blobs);
    assertThat(pruned.count()).isEqualTo(6);
    assertThat(pruned.contains(4)).isTrue();
    assertThat(pruned.contains(8)).isFalse();
    assertThat(pruned.anyFrom(9)).isTrue();
    assertThat(pruned.anyFrom(10)).isFalse();
    try (var files = Files.list(blobs)) {
      assertThat(files).hasSize(1);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "{}", "[[1]]", "[[\"a\",2]]"})
  void aBrokenFileIsNamed(String content) throws IOException {
    Files.writeString(blobs.resolve(PrunedVersions.FILE_NAME), content);

    assertThatThrownBy(() -> PrunedVersions.in(blobs))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(blobs.resolve("pruned.json") + " should hold ranges of versions");
  }
}
