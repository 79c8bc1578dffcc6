package org.gtrturbo.learner;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Collections;
import org.gtrturbo.events.SeenObservation;
import org.gtrturbo.events.Turn;
import org.gtrturbo.platform.kafka.Received;
import org.gtrturbo.platform.kafka.RecordDigest;

/**
 * Turns that are complete but say nothing: 4 x 2 grey pixels, three tokens, two of them thought.
 */
final class TestTurns {
  private TestTurns() {}

  static Turn.Builder turn(String episode, int attempt, int index) {
    return Turn.newBuilder()
        .setEpisodeId(episode)
        .setAttempt(attempt)
        .setTurnIndex(index)
        .setEnvironment("numberline")
        .setEnvironmentSeed(1)
        .setActorId("actor")
        .setPolicyVersion(0)
        .setObservation(
            SeenObservation.newBuilder()
                .setWidth(4)
                .setHeight(2)
                .setChannels(1)
                .setImage(ByteBuffer.wrap(new byte[8]))
                .setPrompt("")
                .build())
        .setTokens(Collections.nCopies(3, 1))
        .setThoughtTokens(2)
        .setLogProbs(floats(-1, -1, -1))
        .setThoughtEntropy(0.5f)
        .setActionEntropy(0.25f)
        .setValueEstimate(0)
        .setAction("+")
        .setFormatted(true)
        .setLegal(true)
        .setReward(0)
        .setTerminated(false)
        .setTruncated(false)
        .setPlayedAt(Instant.EPOCH);
  }

  /** The turn as it is read; its digest is that of its place. */
  static Received<Turn> received(int partition, long offset, Turn turn) {
    return new Received.Event<>(
        partition, offset, digest(partition, offset), turn.getEpisodeId(), turn, Instant.EPOCH);
  }

  static Received<Turn> unreadable(int partition, long offset) {
    return new Received.Unreadable<>(partition, offset, digest(partition, offset), "garbage");
  }

  static RecordDigest digest(int partition, long offset) {
    return RecordDigest.of((partition + "@" + offset).getBytes(StandardCharsets.UTF_8));
  }

  static ByteBuffer floats(float... numbers) {
    ByteBuffer bytes =
        ByteBuffer.allocate(numbers.length * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    bytes.asFloatBuffer().put(numbers);
    return bytes;
  }

  /** Of 16 bits each. */
  static ByteBuffer tokens(int... tokens) {
    ByteBuffer bytes =
        ByteBuffer.allocate(tokens.length * Short.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    for (int token : tokens) {
      bytes.putShort((short) token);
    }
    return bytes.flip();
  }
}
