package org.gtrturbo.agents;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.gtrturbo.platform.settings.Settings;
import org.gtrturbo.platform.settings.SettingsReader;
import org.gtrturbo.policy.PolicySpec;
import org.gtrturbo.policy.TokenScores;
import org.gtrturbo.policy.device.Compute;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Events name the likeliest words by sixteen bits, or nothing is played. */
final class TeacherScoringTest {
  @Test
  void tokensTravelAsSixteenBitsWithoutASign() {
    ByteBuffer bytes =
        TeacherScoring.event(1, named(0, 300, 32_768, 65_535), 0)
            .getTopTokens()
            .order(ByteOrder.LITTLE_ENDIAN);

    assertThat(IntStream.range(0, 4).map(index -> bytes.getChar(index * Character.BYTES)))
        .containsExactly(0, 300, 32_768, 65_535);
    assertThat(bytes.remaining()).isEqualTo(4 * Character.BYTES);
  }

  @Test
  void aTokenOfMoreBitsIsRefused() {
    assertThatThrownBy(() -> TeacherScoring.event(1, named(65_536), 0))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("token 65536");
  }

  @ParameterizedTest
  @CsvSource({"reverse-kl", "forward-kl"})
  void theLikeliestOfMoreWordsThanEventsCanNameAreRefusedBeforeAnythingIsPlayed(String estimator) {
    Settings settings = settings("guidance.estimator=" + estimator, "guidance.topK=10");

    assertThatThrownBy(() -> guide(settings, 65_537))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("guidance.topK is 10 of the policy's 65537 words")
        .hasMessageContaining("guidance.estimator");
    assertThatCode(() -> guide(settings, 65_536)).doesNotThrowAnyException();
  }

  @Test
  void moreWordsAreTakenWhereNoneIsNamed() {
    for (String unnamed : List.of("guidance.topK=0", "guidance.topK=70000")) {
      assertThatCode(() -> guide(settings(unnamed), 65_537)).doesNotThrowAnyException();
    }
    assertThatCode(() -> guide(settings("guidance.estimator=k3", "guidance.topK=10"), 65_537))
        .doesNotThrowAnyException();
  }

  private static TokenScores named(int... tokens) {
    return new TokenScores(
        new float[][] {{-1}}, new int[][] {tokens}, new float[][] {new float[tokens.length]}, 1);
  }

  private static void guide(Settings settings, int words) {
    List<String> all = new ArrayList<>(List.of("<pad>", "<act>"));
    while (all.size() < words) {
      all.add("w" + all.size());
    }
    PolicySpec spec =
        new PolicySpec(
            new PolicySpec.PictureSpec(2, 4, 1, 2, 2),
            new PolicySpec.TextSpec(all, 2, 3),
            new PolicySpec.TransformerSpec(4, 1, 1, 4));
    TeacherGuide.of(settings, spec, Compute.cpu(1)).orElseThrow().close();
  }

  private static Settings settings(String... overrides) {
    return SettingsReader.read(Optional.empty(), Optional.empty(), List.of(overrides));
  }
}
