package org.gtrturbo.merger;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.gtrturbo.events.BlobRef;
import org.gtrturbo.platform.blobs.BlobStore;
import org.gtrturbo.platform.blobs.CorruptBlobException;
import org.gtrturbo.platform.blobs.FolderBlobStore;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What was read or written last is not read from the store again; what it gives is what was stored;
 * nothing is known that another process has not been asked for.
 */
class RecentBlobsTest {
  private static final int SHARD = 300_000;
  private static final long MOST = 8L * SHARD;

  @TempDir Path folder;
  private final List<BlobRef> asked = new ArrayList<>();

  /** Copied, and mapped. */
  @ParameterizedTest
  @ValueSource(ints = {1000, SHARD})
  void whatWasWrittenIsReadWithoutTheStore(int bytes) {
    BlobStore recent = recent();
    ByteBuffer content = content(bytes, 1);

    BlobRef ref = recent.put(content);
    // The caller folds the next checkpoint in the same memory.
    content.put(0, (byte) 99);

    assertThat(recent.get(ref)).isEqualTo(content(bytes, 1));
    assertThat(asked).isEmpty();
  }

  @Test
  void whatWasReadIsReadOnce() {
    BlobRef ref = new FolderBlobStore(folder).put(content(SHARD, 1));
    BlobStore recent = recent();

    assertThat(recent.get(ref)).isEqualTo(content(SHARD, 1));
    assertThat(recent.get(ref)).isEqualTo(content(SHARD, 1));

    assertThat(asked).containsExactly(ref);
  }

  @Test
  void aWholeModelDrivesNothingOut() {
    BlobStore recent = recent();
    BlobRef shard = recent.put(content(SHARD, 1));

    BlobRef model = recent.put(content(SHARD + 1, 2));
    recent.get(shard);
    assertThat(asked).isEmpty();

    recent.get(model);
    assertThat(asked).containsExactly(model);
  }

  @Test
  void theEldestIsForgotten() {
    BlobStore recent = recent();
    List<BlobRef> shards =
        Stream.iterate(0, number -> number + 1)
            .limit(9)
            .map(number -> recent.put(content(SHARD, number)))
            .toList();

    shards.reversed().forEach(recent::get);

    assertThat(asked).containsExactly(shards.getFirst());
  }

  @Test
  void whatAnotherProcessBrokeIsFound() throws Exception {
    var written = new FolderBlobStore(folder).put(content(SHARD, 1));
    try (Stream<Path> files = Files.walk(folder)) {
      Path file = files.filter(Files::isRegularFile).findFirst().orElseThrow();
      Files.write(file, content(SHARD, 2).array());
    }

    assertThatThrownBy(() -> recent().get(written)).isInstanceOf(CorruptBlobException.class);
    assertThatThrownBy(() -> recent().put(content(SHARD, 1)))
        .isInstanceOf(CorruptBlobException.class);
  }

  private BlobStore recent() {
    var store = new FolderBlobStore(folder);
    return new RecentBlobs(
        new BlobStore() {
          @Override
          public BlobRef put(ByteBuffer content) {
            return store.put(content);
          }

          @Override
          public Kept keep(ByteBuffer content) {
            return store.keep(content);
          }

          @Override
          public ByteBuffer get(BlobRef ref) {
            asked.add(ref);
            return store.get(ref);
          }

          @Override
          public boolean contains(BlobRef ref) {
            return store.contains(ref);
          }
        },
        MOST);
  }

  private static ByteBuffer content(int bytes, int first) {
    return ByteBuffer.allocate(bytes).put(0, (byte) first);
  }
}
