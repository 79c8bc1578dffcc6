package org.gtrturbo.actor;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.gtrturbo.agents.PlayedTurn;
import org.gtrturbo.agents.TeacherScoring;
import org.gtrturbo.environments.Observation;
import org.gtrturbo.environments.Picture;
import org.gtrturbo.environments.Step;
import org.gtrturbo.environments.StepInfo;
import org.gtrturbo.events.EventCodec;
import org.gtrturbo.events.TeacherScore;
import org.gtrturbo.events.Turn;
import org.gtrturbo.platform.blobs.FolderBlobStore;
import org.gtrturbo.policy.TokenScores;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A turn that was encoded and decoded says what was played, down to the bit. */
final class TurnEventsTest {
  private static final Instant AT = Instant.ofEpochMilli(1_700_000_000_123L);
  private static final PlayedTurn.Written WRITTEN =
      new PlayedTurn.Written(
          new int[] {1, 2, 0},
          new int[] {5, 6, 7, 8, 9},
          3,
          new float[] {-0.5f, -1e-7f, -30, -0.25f, -2},
          new float[] {1, 2, 3, 4, 6},
          0.75f);

  @TempDir Path folder;

  @Test
  void aTurnKeepsItsTokensSpansAndLogProbs() {
    Turn turn = sentAndRead(played(picture(2, 2, 3), lastStep()), Optional.empty());

    assertThat(turn.getEpisodeId()).isEqualTo("a-7-41");
    assertThat(turn.getActorId()).isEqualTo("a");
    assertThat(turn.getEnvironment()).isEqualTo("numberline");
    assertThat(turn.getEnvironmentSeed()).isEqualTo(99);
    assertThat(turn.getTurnIndex()).isEqualTo(4);
    assertThat(turn.getPolicyVersion()).isEqualTo(12);
    assertThat(turn.getTokens()).containsExactly(5, 6, 7, 8, 9);
    assertThat(turn.getThoughtTokens()).isEqualTo(3);
    assertThat(Floats.of(turn.getLogProbs())).containsExactly(WRITTEN.logProbs());
    assertThat(turn.getThoughtEntropy()).isEqualTo(2);
    assertThat(turn.getActionEntropy()).isEqualTo(5);
    assertThat(turn.getValueEstimate()).isEqualTo(0.75f);
    assertThat(turn.getPlayedAt()).isEqualTo(AT);
    assertThat(turn.getTeacher()).isEmpty();
  }

  @Test
  void aTurnKeepsWhatWasSeenAndWhatHappened() {
    Turn turn = sentAndRead(played(picture(2, 2, 3), lastStep()), Optional.empty());

    assertThat(turn.getObservation().getWidth()).isEqualTo(2);
    assertThat(turn.getObservation().getHeight()).isEqualTo(2);
    assertThat(turn.getObservation().getChannels()).isEqualTo(3);
    assertThat(turn.getObservation().getPrompt()).isEqualTo("what now");
    assertThat(turn.getObservation().getImage().orElseThrow())
        .isEqualTo(ByteBuffer.wrap(picture(2, 2, 3).pixels()));
    assertThat(turn.getAction()).isEqualTo("+");
    assertThat(turn.getFormatted()).isTrue();
    assertThat(turn.getLegal()).isFalse();
    assertThat(turn.getRecognised()).contains(true);
    assertThat(turn.getReward()).isEqualTo(-1.5);
    assertThat(turn.getTerminated()).isFalse();
    assertThat(turn.getTruncated()).isTrue();
    assertThat(turn.getSuccess()).contains(false);
  }

  @Test
  void whatTheEnvironmentCannotTellIsAbsent() {
    var info = new StepInfo("+", false, true, Optional.empty(), Optional.empty());
    var step = new Step(observation(picture(1, 1, 1)), 0, false, false, info);

    Turn turn = sentAndRead(played(picture(1, 1, 1), step), Optional.empty());

    assertThat(turn.getRecognised()).isEmpty();
    assertThat(turn.getSuccess()).isEmpty();
  }

  @Test
  void theTeachersSideIsThatOfTheTurnsRow() {
    var scores =
        new TokenScores(
            new float[][] {{-9}, {-1, -2, -3, -4, -5}},
            new int[][] {{}, {5, 300, 40_000}},
            new float[][] {{}, {-0.1f, -0.2f, -0.3f}},
            1);

    TeacherScore score =
        sentAndRead(
                played(picture(1, 1, 1), lastStep()),
                Optional.of(TeacherScoring.event(8, scores, 1)))
            .getTeacher()
            .orElseThrow();

    assertThat(score.getVersion()).isEqualTo(8);
    assertThat(score.getTopK()).isEqualTo(1);
    assertThat(Floats.of(score.getLogProbs())).containsExactly(-1, -2, -3, -4, -5);
    assertThat(Floats.tokensOf(score.getTopTokens())).containsExactly(5, 300, 40_000);
    assertThat(Floats.of(score.getTopLogProbs())).containsExactly(-0.1f, -0.2f, -0.3f);
    assertThat(score.getThought()).isEqualTo(List.of());
  }

  @Test
  void aLargePictureGoesToTheBlobStore() {
    Picture large = picture(256, 257, 1);

    Turn turn = sentAndRead(played(large, lastStep()), Optional.empty());

    assertThat(turn.getObservation().getImage()).isEmpty();
    ByteBuffer stored =
        new FolderBlobStore(folder).get(turn.getObservation().getImageBlob().orElseThrow());
    assertThat(stored).isEqualTo(ByteBuffer.wrap(large.pixels()));
  }

  @Test
  void aPictureOf64KibibytesIsStillInline() {
    Turn turn = sentAndRead(played(picture(256, 256, 1), lastStep()), Optional.empty());

    assertThat(turn.getObservation().getImage()).isPresent();
    assertThat(turn.getObservation().getImageBlob()).isEmpty();
  }

  private Turn sentAndRead(PlayedTurn played, Optional<TeacherScore> teacher) {
    var events =
        new TurnEvents(new ActorIdentity("a", 7), "numberline", new FolderBlobStore(folder));
    var codec = EventCodec.of(Turn.class);
    return codec.decode(codec.encode(events.event(41, 12, played, teacher, AT)));
  }

  private static PlayedTurn played(Picture picture, Step step) {
    return new PlayedTurn(20, 99, 4, observation(picture), WRITTEN, step);
  }

  private static Step lastStep() {
    var info = new StepInfo("+", true, false, Optional.of(true), Optional.of(false));
    return new Step(observation(picture(1, 1, 1)), -1.5, false, true, info);
  }

  private static Observation observation(Picture picture) {
    return new Observation(picture, "what now", List.of());
  }

  private static Picture picture(int width, int height, int channels) {
    byte[] pixels = new byte[width * height * channels];
    for (int index = 0; index < pixels.length; index++) {
      pixels[index] = (byte) (index * 31 + 200);
    }
    return new Picture(width, height, channels, pixels);
  }
}
