package org.gtrturbo.policy;

import ai.onnxruntime.OnnxTensor;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.gtrturbo.policy.graph.DataType;
import org.gtrturbo.policy.graph.OnnxSession;

/** Pictures and prompts of N observations, filled row by row into native memory and used again. */
public final class ObservationBatch {
  private final PolicySpec spec;
  private final int capacity;
  private final ByteBuffer pixels;
  private final ByteBuffer prompts;
  private int size;

  /**
   * @throws IllegalArgumentException if so many pictures or prompts take more than 2 GiB
   */
  public ObservationBatch(PolicySpec spec, int capacity) {
    this.spec = spec;
    this.capacity = capacity;
    this.pixels = room(capacity, spec.picture().pixels(), "bytes of a picture");
    this.prompts =
        room(capacity, (long) spec.text().promptTokens() * Long.BYTES, "bytes of a prompt")
            .order(ByteOrder.LITTLE_ENDIAN);
  }

  private static ByteBuffer room(int capacity, long each, String what) {
    if (capacity * each > Integer.MAX_VALUE) {
      throw new IllegalArgumentException(
          capacity
              + " observations of "
              + each
              + " "
              + what
              + " are more than the 2 GiB of one batch; lower what so many are wanted for"
              + " (learner.turnsPerUpdate, actor.environments), or take smaller pictures or"
              + " prompts");
    }
    return ByteBuffer.allocateDirect((int) (capacity * each));
  }

  public void clear() {
    size = 0;
  }

  public int size() {
    return size;
  }

  /**
   * @param picture uint8 (height, width, channels) as the policy's picture spec says
   * @param prompt Q tokens
   */
  public void add(byte[] picture, int[] prompt) {
    if (picture.length != spec.picture().pixels() || prompt.length != spec.text().promptTokens()) {
      throw new IllegalArgumentException(
          "the policy sees "
              + spec.picture().pixels()
              + " pixel bytes and "
              + spec.text().promptTokens()
              + " prompt tokens, got "
              + picture.length
              + " and "
              + prompt.length);
    }
    if (size == capacity) {
      throw new IllegalStateException("the batch is full with " + capacity + " observations");
    }
    pixels.put(size * picture.length, picture);
    int at = size * prompt.length * Long.BYTES;
    for (int token : prompt) {
      prompts.putLong(at, token);
      at += Long.BYTES;
    }
    size++;
  }

  /** uint8 (N, height, width, channels), valid until the batch changes. */
  public OnnxTensor pixelTensor() {
    return OnnxSession.tensor(
        pixels.slice(0, size * spec.picture().pixels()),
        DataType.UINT8,
        size,
        spec.picture().height(),
        spec.picture().width(),
        spec.picture().channels());
  }

  /** int64 (N, Q), valid until the batch changes. */
  public OnnxTensor promptTensor() {
    return OnnxSession.tensor(
        prompts.slice(0, size * spec.text().promptTokens() * Long.BYTES),
        DataType.INT64,
        size,
        spec.text().promptTokens());
  }
}
