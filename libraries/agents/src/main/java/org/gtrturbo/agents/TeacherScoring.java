package org.gtrturbo.agents;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.gtrturbo.events.TeacherScore;
import org.gtrturbo.platform.settings.Settings.GuidanceSettings;
import org.gtrturbo.policy.ObservationBatch;
import org.gtrturbo.policy.Parameters;
import org.gtrturbo.policy.Scorer;
import org.gtrturbo.policy.TokenScores;

/**
 * How a teacher scores turns, and its scores as events carry them.
 *
 * @param scorer closed with this
 * @param temperature that the turns were sampled at, so that both distributions are of the same
 *     kind
 */
public record TeacherScoring(Scorer scorer, Carried carried, double temperature)
    implements TeacherGuide {

  /** The most words of which events name the likeliest, by 16 bits each. */
  public static final int MOST_NAMED_WORDS = 1 << Short.SIZE;

  /** How much of the teacher's distributions on thought tokens a turn carries. */
  public sealed interface Carried {
    /** The log-probabilities of the generated tokens alone. */
    record TokensOnly() implements Carried {}

    /**
     * Also the likeliest tokens at every place of the thought.
     *
     * @param topK how many; 0 for the whole vocabulary
     */
    record Likeliest(int topK) implements Carried {}

    /**
     * What the guidance needs; empty where no distance is estimated.
     *
     * @param words of the policy
     * @throws IllegalArgumentException if the likeliest of more words are wanted than events can
     *     name
     */
    static Optional<Carried> by(GuidanceSettings settings, int words) {
      requireNames(settings, words);
      return switch (settings.estimatorUsed()) {
        case USUAL -> Optional.empty();
        case CLIP, K1, ABS, K3 -> Optional.of(new TokensOnly());
        case REVERSE_KL, FORWARD_KL -> Optional.of(new Likeliest(settings.topK()));
      };
    }
  }

  /**
   * Makes sure that events can name the words that the guidance looks at.
   *
   * @param words of the policy
   * @throws IllegalArgumentException if they cannot; the message names the settings
   */
  public static void requireNames(GuidanceSettings settings, int words) {
    boolean isNamed =
        switch (settings.estimatorUsed()) {
          case USUAL, CLIP, K1, ABS, K3 -> false;
          case REVERSE_KL, FORWARD_KL -> settings.topK() > 0 && settings.topK() < words;
        };
    if (isNamed && words > MOST_NAMED_WORDS) {
      throw new IllegalArgumentException(
          "guidance.topK is %d of the policy's %d words, and turns can name the likeliest of %d at most: set guidance.estimator to one that looks at the words written alone (clip, k1, abs or k3), or guidance.topK to 0, which carries all words in their order"
              .formatted(settings.topK(), words, MOST_NAMED_WORDS));
    }
  }

  @Override
  public List<TeacherScore> guide(
      long version, Parameters teacher, ObservationBatch observations, List<Played> turns) {
    TokenScores scores =
        score(
            teacher,
            observations,
            turns.stream().map(Played::tokens).toArray(int[][]::new),
            turns.stream().mapToInt(Played::thoughtTokens).toArray());
    return IntStream.range(0, turns.size()).mapToObj(row -> event(version, scores, row)).toList();
  }

  @Override
  public void close() {
    scorer.close();
  }

  /**
   * Scores turns.
   *
   * @param observations those of the turns, in their order
   * @param tokens generated in each turn, thought then action
   * @param thoughtTokens how many of each turn's tokens are the thought
   */
  public TokenScores score(
      Parameters teacher, ObservationBatch observations, int[][] tokens, int[] thoughtTokens) {
    return switch (carried) {
      case Carried.TokensOnly() ->
          scorer.score(teacher, observations, tokens, new int[tokens.length], 1, temperature);
      case Carried.Likeliest(int topK) ->
          scorer.score(teacher, observations, tokens, thoughtTokens, topK, temperature);
    };
  }

  /**
   * The teacher's side of the turn at {@code row}.
   *
   * @param version of the teacher
   */
  public static TeacherScore event(long version, TokenScores scores, int row) {
    return new TeacherScore(
        version,
        bytes(scores.logProbs()[row]),
        scores.topK(),
        bytes(scores.topTokens()[row]),
        bytes(scores.topLogProbs()[row]),
        List.of(),
        "",
        0L);
  }

  private static ByteBuffer bytes(float[] numbers) {
    ByteBuffer bytes =
        ByteBuffer.allocate(numbers.length * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    bytes.asFloatBuffer().put(numbers);
    return bytes;
  }

  /** Sixteen bits each, without a sign. */
  private static ByteBuffer bytes(int[] tokens) {
    ByteBuffer bytes =
        ByteBuffer.allocate(tokens.length * Short.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    for (int token : tokens) {
      if (token < 0 || token >= MOST_NAMED_WORDS) {
        throw new IllegalArgumentException("a turn cannot name token " + token + " by 16 bits");
      }
      bytes.putShort((short) token);
    }
    return bytes.flip();
  }
}
