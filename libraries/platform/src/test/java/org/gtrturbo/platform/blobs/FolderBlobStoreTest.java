package org.gtrturbo.platform.blobs;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.concurrent.Executors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.gtrturbo.events.BlobRef;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A blob is what its name says or an error that says where and what to do. */
class FolderBlobStoreTest {
  // The SHA-256 of "abc" of FIPS 180-4.
  private static final String ABC =
      "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

  @TempDir Path folder;

  @Test
  void aBlobIsNamedByItsHashAndReadBackWhole() {
    BlobStore store = new FolderBlobStore(folder);

    BlobRef ref = store.put(bytes("abc"));

    assertThat(ref).isEqualTo(new BlobRef(ABC, 3L));
    assertThat(store.get(ref)).isEqualTo(bytes("abc"));
    assertThat(store.get(ref).isReadOnly()).isTrue();
    assertThat(file()).exists();
  }

  @Test
  void onlyTheRemainingBytesAreStoredAndThePositionStays() {
    ByteBuffer buffer = bytes("xabcx").position(1).limit(4);

    BlobRef ref = new FolderBlobStore(folder).put(buffer);

    assertThat(ref.getSha256()).isEqualTo(ABC);
    assertThat(buffer.position()).isEqualTo(1);
  }

  @Test
  void whatIsRemovedIsGoneAndMayBeStoredAgain() {
    var store = new FolderBlobStore(folder);
    BlobRef ref = store.put(bytes("abc"));

    assertThat(store.remove(ref)).isTrue();
    assertThat(store.remove(ref)).isFalse();
    assertThatThrownBy(() -> store.get(ref))
        .isInstanceOf(MissingBlobException.class)
        .hasMessageContaining("gtr prune");
    assertThat(store.get(store.put(bytes("abc")))).isEqualTo(bytes("abc"));
  }

  @Test
  void anEmptyBlobIsABlob() {
    BlobStore store = new FolderBlobStore(folder);

    BlobRef ref = store.put(ByteBuffer.allocate(0));

    assertThat(ref.getBytes()).isZero();
    assertThat(store.get(ref).remaining()).isZero();
  }

  @Test
  void whatIsStoredAlreadyIsNotWrittenAgain() throws IOException {
    BlobStore store = new FolderBlobStore(folder);
    store.put(bytes("abc"));
    FileTime longAgo = FileTime.fromMillis(1000);
    Files.setLastModifiedTime(file(), longAgo);

    store.put(bytes("abc"));

    assertThat(Files.getLastModifiedTime(file())).isEqualTo(longAgo);
  }

  /** One that is read into memory, one that is mapped. */
  @ParameterizedTest
  @ValueSource(ints = {3, 300_000})
  void whatIsKeptIsWhatIsStoredHoweverTheCallerGoesOn(int length) {
    BlobStore store = new FolderBlobStore(folder);
    ByteBuffer content = ByteBuffer.allocate(length + 2).put(1, (byte) 7).position(1);

    BlobStore.Kept kept = store.keep(content.limit(length + 1));
    ByteBuffer before = ByteBuffer.allocate(length).put(0, (byte) 7);
    content.put(1, (byte) 8);

    assertThat(content.position()).isEqualTo(1);
    assertThat(kept.content().isReadOnly()).isTrue();
    assertThat(kept.content()).isEqualTo(before).isEqualTo(store.get(kept.ref()));
  }

  @Test
  void whatWasStoredBeforeIsCheckedWhenItIsKept() throws IOException {
    BlobStore store = new FolderBlobStore(folder);
    store.put(bytes("abc"));
    Files.writeString(file(), "abd");

    assertThatThrownBy(() -> store.keep(bytes("abc"))).isInstanceOf(CorruptBlobException.class);
  }

  @Test
  void nothingButWholeBlobsStaysBehind() throws Exception {
    BlobStore store = new FolderBlobStore(folder);
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      var puts =
          IntStream.range(0, 64)
              .mapToObj(i -> threads.submit(() -> store.put(bytes("blob " + i % 4))))
              .toList();
      for (var put : puts) {
        assertThat(store.get(put.get()).remaining()).isEqualTo(6);
      }
    }

    try (Stream<Path> files = Files.walk(folder)) {
      assertThat(files.filter(Files::isRegularFile)).hasSize(4);
    }
  }

  @Test
  void aMissingBlobIsNamedByItsPath() {
    BlobStore store = new FolderBlobStore(folder);
    var ref = new BlobRef(ABC, 3L);

    assertThat(store.contains(ref)).isFalse();
    assertThatThrownBy(() -> store.get(ref))
        .isInstanceOf(MissingBlobException.class)
        .hasMessageStartingWith("blob " + file() + " is missing; point at the blob folder");
  }

  @Test
  void aBlobOfAnotherContentIsCorrupt() throws IOException {
    BlobStore store = new FolderBlobStore(folder);
    BlobRef ref = store.put(bytes("abc"));
    Files.writeString(file(), "abd");

    assertThatThrownBy(() -> store.get(ref))
        .isInstanceOf(CorruptBlobException.class)
        .hasMessageStartingWith("the content of blob " + file() + " has SHA-256 a52d159f")
        .hasMessageContaining("restore the file from a copy of the blob folder");
  }

  @Test
  void aBlobOfAnotherLengthIsCorruptAndWrittenAgainWhenItsContentIsStored() throws IOException {
    BlobStore store = new FolderBlobStore(folder);
    BlobRef ref = store.put(bytes("abc"));
    Files.writeString(file(), "ab");

    assertThat(store.contains(ref)).isFalse();
    assertThatThrownBy(() -> store.get(ref))
        .isInstanceOf(CorruptBlobException.class)
        .hasMessageStartingWith("blob " + file() + " has 2 bytes and should have 3");
    store.put(bytes("abc"));
    assertThat(store.get(ref)).isEqualTo(bytes("abc"));
  }

  @Test
  void aNameThatIsNoHashNeverBecomesAPath() {
    BlobStore store = new FolderBlobStore(folder);

    assertThatThrownBy(() -> store.get(new BlobRef("../../etc/passwd", 3L)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("'../../etc/passwd'");
  }

  private Path file() {
    return folder.resolve("sha256").resolve("ba").resolve(ABC.substring(2));
  }

  private static ByteBuffer bytes(String text) {
    return ByteBuffer.wrap(text.getBytes(UTF_8));
  }
}
