package org.gtrturbo.actor;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.time.Instant;
import java.util.Arrays;
import java.util.Optional;
import org.gtrturbo.agents.PlayedTurn;
import org.gtrturbo.environments.Picture;
import org.gtrturbo.environments.StepInfo;
import org.gtrturbo.events.SeenObservation;
import org.gtrturbo.events.TeacherScore;
import org.gtrturbo.events.Turn;
import org.gtrturbo.platform.blobs.BlobStore;

/** Played turns as events. */
final class TurnEvents {
  /** A picture of more bytes than this goes to the blob store. */
  static final int MAX_INLINE_IMAGE_BYTES = 64 << 10;

  private final ActorIdentity identity;
  private final String environment;
  private final BlobStore pictures;

  /**
   * @param pictures for those that are too large for an event
   */
  TurnEvents(ActorIdentity identity, String environment, BlobStore pictures) {
    this.identity = identity;
    this.environment = environment;
    this.pictures = pictures;
  }

  /**
   * @param episode the episode's number over the whole actor
   * @param teacher the teacher's side, where there is a teacher
   */
  Turn event(
      long episode,
      long policyVersion,
      PlayedTurn played,
      Optional<TeacherScore> teacher,
      Instant playedAt) {
    PlayedTurn.Written written = played.written();
    StepInfo info = played.step().info();
    return new Turn(
        identity.episodeId(episode),
        0,
        played.turnIndex(),
        environment,
        played.episodeSeed(),
        identity.id(),
        policyVersion,
        observation(played),
        Arrays.stream(written.tokens()).boxed().toList(),
        written.thoughtTokens(),
        bytes(written.logProbs()),
        (float) written.thoughtEntropy(),
        (float) written.actionEntropy(),
        written.value(),
        info.action(),
        info.formatted(),
        info.legal(),
        info.recognised().orElse(null),
        played.step().reward(),
        played.step().terminated(),
        played.step().truncated(),
        info.success().orElse(null),
        teacher.orElse(null),
        playedAt);
  }

  private SeenObservation observation(PlayedTurn played) {
    Picture picture = played.seen().picture();
    ByteBuffer pixels = ByteBuffer.wrap(picture.pixels());
    boolean inline = pixels.remaining() <= MAX_INLINE_IMAGE_BYTES;
    return new SeenObservation(
        picture.width(),
        picture.height(),
        picture.channels(),
        inline ? pixels : null,
        inline ? null : pictures.put(pixels),
        played.seen().prompt());
  }

  private static ByteBuffer bytes(float[] numbers) {
    ByteBuffer bytes =
        ByteBuffer.allocate(numbers.length * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    bytes.asFloatBuffer().put(numbers);
    return bytes;
  }
}
