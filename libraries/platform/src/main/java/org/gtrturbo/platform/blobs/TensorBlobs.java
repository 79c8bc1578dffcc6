package org.gtrturbo.platform.blobs;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.gtrturbo.events.BlobRef;
import org.gtrturbo.events.TensorRef;

/**
 * Tensors in a blob store, each as a row of chunks, so that unchanged parts of a tensor are stored
 * once.
 *
 * <p>Memory holds a tensor as little-endian float32, row-major; its bytes are stored as they are.
 *
 * @param chunkBytes every chunk but a tensor's last has this length; a multiple of 4
 */
public record TensorBlobs(BlobStore store, int chunkBytes) {
  public static final int DEFAULT_CHUNK_BYTES = 4 << 20;
  private static final String FLOAT32 = "float32";

  public TensorBlobs {
    if (chunkBytes < Float.BYTES || chunkBytes % Float.BYTES != 0) {
      throw new IllegalArgumentException(
          "chunkBytes must be a positive multiple of 4, got " + chunkBytes);
    }
  }

  public TensorBlobs(BlobStore store) {
    this(store, DEFAULT_CHUNK_BYTES);
  }

  /**
   * Stores a tensor.
   *
   * @param shape its dimensions, outermost first; empty for a scalar
   * @param float32 exactly its bytes, native or heap
   */
  public TensorRef write(String name, long[] shape, MemorySegment float32) {
    long bytes = byteSize(name, Arrays.stream(shape).boxed().toList());
    requireSize(name, bytes, float32);
    var chunks = new ArrayList<BlobRef>();
    for (long at = 0; at < bytes; at += chunkBytes) {
      chunks.add(store.put(float32.asSlice(at, Math.min(chunkBytes, bytes - at)).asByteBuffer()));
    }
    return new TensorRef(name, FLOAT32, Arrays.stream(shape).boxed().toList(), List.copyOf(chunks));
  }

  /**
   * Reads a tensor into memory of exactly its size. After a failure the memory's content is
   * undefined.
   *
   * @throws MissingBlobException if a chunk is not stored
   * @throws CorruptBlobException if a chunk, or the sum of the chunks, is not what the pointer says
   */
  public void read(TensorRef tensor, MemorySegment into) {
    if (!tensor.getDtype().equals(FLOAT32)) {
      throw new IllegalArgumentException(
          "tensor " + tensor.getName() + " must be float32 to be read, is " + tensor.getDtype());
    }
    long bytes = byteSize(tensor.getName(), tensor.getShape());
    requireSize(tensor.getName(), bytes, into);
    long stored = tensor.getChunks().stream().mapToLong(BlobRef::getBytes).sum();
    if (stored != bytes) {
      throw new CorruptBlobException(
          "the chunks of tensor "
              + tensor.getName()
              + " have "
              + stored
              + " bytes, its shape "
              + tensor.getShape()
              + " needs "
              + bytes
              + "; the event that points to them is wrong");
    }
    long at = 0;
    for (BlobRef chunk : tensor.getChunks()) {
      MemorySegment content = MemorySegment.ofBuffer(store.get(chunk));
      MemorySegment.copy(content, 0, into, at, content.byteSize());
      at += content.byteSize();
    }
  }

  private static long byteSize(String name, List<Long> shape) {
    long elements = 1;
    for (long dimension : shape) {
      if (dimension < 0) {
        throw new IllegalArgumentException(
            "tensor " + name + " must have no negative dimension, got shape " + shape);
      }
      elements = Math.multiplyExact(elements, dimension);
    }
    return Math.multiplyExact(elements, (long) Float.BYTES);
  }

  private static void requireSize(String name, long bytes, MemorySegment memory) {
    if (memory.byteSize() != bytes) {
      throw new IllegalArgumentException(
          "tensor " + name + " has " + bytes + " bytes, the memory given has " + memory.byteSize());
    }
  }
}
