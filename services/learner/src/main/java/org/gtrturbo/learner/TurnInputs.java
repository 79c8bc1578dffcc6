package org.gtrturbo.learner;

import org.gtrturbo.events.Turn;
import org.gtrturbo.policy.PolicySpec;
import org.gtrturbo.policy.Vocabulary;

/** What a turn that {@link TurnRules} allows says, as a policy takes it. */
final class TurnInputs {
  private final Vocabulary vocabulary;
  private final int promptTokens;

  TurnInputs(PolicySpec spec) {
    this.vocabulary = new Vocabulary(spec.text().words());
    this.promptTokens = spec.text().promptTokens();
  }

  /** uint8 (height, width, channels). */
  static byte[] pixels(Turn turn) {
    var picture = turn.getObservation().getImage().orElseThrow().duplicate();
    byte[] pixels = new byte[picture.remaining()];
    picture.get(pixels);
    return pixels;
  }

  /** The prompt's tokens, padded to the policy's length. */
  int[] prompt(Turn turn) {
    return vocabulary.encodePadded(turn.getObservation().getPrompt(), promptTokens);
  }

  /** The tokens generated, thought then action. */
  static int[] tokens(Turn turn) {
    return turn.getTokens().stream().mapToInt(Integer::intValue).toArray();
  }
}
