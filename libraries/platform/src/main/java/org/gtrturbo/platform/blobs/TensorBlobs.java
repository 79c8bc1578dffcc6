package org.gtrturbo.platform.blobs;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
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
    requireSize(tensor.getName(), requireWhole(tensor), into);
    long at = 0;
    for (BlobRef chunk : tensor.getChunks()) {
      MemorySegment content = MemorySegment.ofBuffer(store.get(chunk));
      MemorySegment.copy(content, 0, into, at, content.byteSize());
      at += content.byteSize();
    }
  }

  /**
   * Some of a tensor's bytes, read-only. Only the chunks that hold them are read; where that is one
   * chunk, nothing is copied.
   *
   * @throws MissingBlobException as {@link #read}
   * @throws CorruptBlobException as {@link #read}
   */
  public MemorySegment slice(TensorRef tensor, long firstByte, long bytes) {
    long whole = requireWhole(tensor);
    Objects.checkFromIndexSize(firstByte, bytes, whole);
    MemorySegment gathered = MemorySegment.NULL;
    long start = 0;
    for (BlobRef chunk : tensor.getChunks()) {
      long from = Math.max(firstByte, start);
      long to = Math.min(firstByte + bytes, start + chunk.getBytes());
      if (from < to) {
        MemorySegment part =
            MemorySegment.ofBuffer(store.get(chunk)).asSlice(from - start, to - from);
        if (part.byteSize() == bytes) {
          return part;
        }
        if (gathered.byteSize() == 0) {
          gathered = Arena.ofAuto().allocate(bytes, 64);
        }
        MemorySegment.copy(part, 0, gathered, from - firstByte, part.byteSize());
      }
      start += chunk.getBytes();
    }
    return gathered.asReadOnly();
  }

  /**
   * Holds a pointer against itself, without reading what it points at.
   *
   * @return how many bytes the tensor has
   * @throws CorruptBlobException if the chunks are not as long as the shape asks for
   * @throws IllegalArgumentException if the tensor is not float32
   */
  public static long requireWhole(TensorRef tensor) {
    if (!tensor.getDtype().equals(FLOAT32)) {
      throw new IllegalArgumentException(
          "tensor " + tensor.getName() + " must be float32 to be read, is " + tensor.getDtype());
    }
    long bytes = byteSize(tensor.getName(), tensor.getShape());
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
    return bytes;
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
