package org.gtrturbo.platform.blobs;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.nio.file.Path;
import org.gtrturbo.events.BlobRef;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A replay reads the recorded run's blobs and writes its own; a check writes none. */
class LayeredBlobStoreTest {
  @TempDir Path upperFolder;
  @TempDir Path lowerFolder;

  @Test
  void whatNeitherHasIsWrittenToTheUpperOneOnly() {
    BlobRef ref = layered().put(bytes("new"));

    assertThat(upper().get(ref)).isEqualTo(bytes("new"));
    assertThat(lower().contains(ref)).isFalse();
    assertThat(layered().get(ref)).isEqualTo(bytes("new"));
    assertThat(layered().contains(ref)).isTrue();
  }

  @Test
  void whatTheLowerOneHasIsReadThereAndNotWrittenAgain() {
    BlobRef below = lower().put(bytes("recorded"));

    assertThat(layered().put(bytes("recorded"))).isEqualTo(below);
    assertThat(upper().contains(below)).isFalse();
    assertThat(layered().contains(below)).isTrue();
    assertThat(layered().get(below)).isEqualTo(bytes("recorded"));
  }

  @Test
  void theLowerOneIsNotNeededForWhatTheUpperOneHas() {
    BlobRef above = upper().put(bytes("own"));

    assertThat(new LayeredBlobStore(upper(), new FolderBlobStore(Path.of("gone"))).get(above))
        .isEqualTo(bytes("own"));
  }

  @Test
  void whatNobodyHasIsMissing() {
    BlobRef elsewhere = new FolderBlobStore(upperFolder.resolve("other")).put(bytes("elsewhere"));

    assertThat(layered().contains(elsewhere)).isFalse();
    assertThatThrownBy(() -> layered().get(elsewhere)).isInstanceOf(MissingBlobException.class);
  }

  @Test
  void aReadOnlyStoreReadsAndNamesAndKeepsNothing() {
    BlobRef kept = lower().put(bytes("kept"));
    var readOnly = new ReadOnlyBlobStore(lower());

    BlobRef named = readOnly.put(bytes("new"));

    assertThat(named).isEqualTo(upper().put(bytes("new")));
    assertThat(readOnly.contains(named)).isFalse();
    assertThat(lower().contains(named)).isFalse();
    assertThat(readOnly.contains(kept)).isTrue();
    assertThat(readOnly.get(kept)).isEqualTo(bytes("kept"));
    assertThatThrownBy(() -> readOnly.get(named)).isInstanceOf(MissingBlobException.class);
  }

  @Test
  void whatIsKeptComesFromBelowWhereItIsThere() {
    BlobRef below = lower().put(bytes("below"));

    BlobStore.Kept old = layered().keep(bytes("below"));
    BlobStore.Kept fresh = layered().keep(bytes("fresh"));

    assertThat(old).isEqualTo(new BlobStore.Kept(below, bytes("below")));
    assertThat(upper().contains(below)).isFalse();
    assertThat(fresh.content()).isEqualTo(bytes("fresh")).isEqualTo(upper().get(fresh.ref()));
  }

  @Test
  void aReadOnlyStoreGivesBackWhatItDoesNotKeep() {
    BlobStore.Kept kept = new ReadOnlyBlobStore(lower()).keep(bytes("new"));

    assertThat(kept).isEqualTo(new BlobStore.Kept(upper().put(bytes("new")), bytes("new")));
    assertThat(lower().contains(kept.ref())).isFalse();
  }

  private BlobStore layered() {
    return new LayeredBlobStore(upper(), lower());
  }

  private BlobStore upper() {
    return new FolderBlobStore(upperFolder);
  }

  private BlobStore lower() {
    return new FolderBlobStore(lowerFolder);
  }

  private static ByteBuffer bytes(String content) {
    return ByteBuffer.wrap(content.getBytes(UTF_8));
  }
}
