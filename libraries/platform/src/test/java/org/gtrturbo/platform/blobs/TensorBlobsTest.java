package org.gtrturbo.platform.blobs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.gtrturbo.events.BlobRef;
import org.gtrturbo.events.TensorRef;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Tensors come back bit for bit, and what is the same in two of them is stored once. */
class TensorBlobsTest {
  @TempDir Path folder;
  private TensorBlobs tensors = new TensorBlobs(new FolderBlobStore(Path.of("unused")));

  @BeforeEach
  void openStore() {
    tensors = new TensorBlobs(new FolderBlobStore(folder), 16);
  }

  @Test
  void aTensorIsReadBackBitForBitFromItsChunks() {
    float[] values = {1, -0.0f, Float.NaN, Float.MIN_VALUE, 5, 6, 7, 8, 9, 10};

    TensorRef tensor = tensors.write("w", new long[] {2, 5}, floats(values));

    assertThat(tensor.getShape()).containsExactly(2L, 5L);
    assertThat(tensor.getDtype()).isEqualTo("float32");
    assertThat(tensor.getChunks()).extracting(BlobRef::getBytes).containsExactly(16L, 16L, 8L);
    MemorySegment read = MemorySegment.ofArray(new byte[40]);
    tensors.read(tensor, read);
    assertThat(read.mismatch(floats(values))).isEqualTo(-1);
  }

  @Test
  void nativeMemoryIsWrittenAndReadToo() {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment written = arena.allocate(40).copyFrom(floats(0, 1, 2, 3, 4, 5, 6, 7, 8, 9));
      MemorySegment read = arena.allocate(40);

      tensors.read(tensors.write("w", new long[] {10}, written), read);

      assertThat(read.mismatch(written)).isEqualTo(-1);
    }
  }

  @Test
  void anUnchangedChunkIsStoredOnce() throws IOException {
    tensors.write("w", new long[] {8}, floats(1, 2, 3, 4, 5, 6, 7, 8));
    tensors.write("w", new long[] {8}, floats(1, 2, 3, 4, 5, 6, 7, 9));

    try (Stream<Path> files = Files.walk(folder)) {
      assertThat(files.filter(Files::isRegularFile)).hasSize(3);
    }
  }

  @Test
  void aScalarAndAnEmptyTensorHaveTheirBytes() {
    TensorRef scalar = tensors.write("s", new long[] {}, floats(3));
    TensorRef empty = tensors.write("e", new long[] {0, 7}, floats());
    MemorySegment read = MemorySegment.ofArray(new byte[4]);

    tensors.read(scalar, read);
    tensors.read(empty, floats());

    assertThat(read.mismatch(floats(3))).isEqualTo(-1);
    assertThat(empty.getChunks()).isEmpty();
  }

  @Test
  void memoryOfAnotherSizeIsRefused() {
    assertThatThrownBy(() -> tensors.write("w", new long[] {3}, floats(1, 2)))
        .hasMessage("tensor w has 12 bytes, the memory given has 8");
    TensorRef tensor = tensors.write("w", new long[] {2}, floats(1, 2));
    assertThatThrownBy(() -> tensors.read(tensor, floats(1, 2, 3)))
        .hasMessage("tensor w has 8 bytes, the memory given has 12");
  }

  @Test
  void chunksThatDoNotMakeUpTheShapeAreCorrupt() {
    TensorRef tensor = tensors.write("w", new long[] {2}, floats(1, 2));
    var longer = new TensorRef("w", "float32", List.of(3L), tensor.getChunks());

    assertThatThrownBy(() -> tensors.read(longer, floats(1, 2, 3)))
        .isInstanceOf(CorruptBlobException.class)
        .hasMessageContaining("the chunks of tensor w have 8 bytes, its shape [3] needs 12");
  }

  @Test
  void anotherTypeOfElementIsRefused() {
    var tensor = new TensorRef("w", "bfloat16", List.of(2L), List.of());

    assertThatThrownBy(() -> tensors.read(tensor, floats(1, 2)))
        .hasMessage("tensor w must be float32 to be read, is bfloat16");
  }

  @Test
  void chunksHoldWholeNumbers() {
    assertThatThrownBy(() -> new TensorBlobs(new FolderBlobStore(folder), 6))
        .hasMessage("chunkBytes must be a positive multiple of 4, got 6");
  }

  private static MemorySegment floats(float... values) {
    ByteBuffer bytes =
        ByteBuffer.allocate(values.length * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    bytes.asFloatBuffer().put(values);
    return MemorySegment.ofBuffer(bytes);
  }
}
