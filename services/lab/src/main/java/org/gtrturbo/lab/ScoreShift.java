package org.gtrturbo.lab;

import java.util.List;
import org.gtrturbo.events.Turn;
import org.gtrturbo.policy.ObservationBatch;
import org.gtrturbo.policy.Parameters;
import org.gtrturbo.policy.PolicySpec;
import org.gtrturbo.policy.Scorer;
import org.gtrturbo.policy.TokenScores;
import org.gtrturbo.policy.Vocabulary;

/**
 * How far the log-probabilities of generated tokens lie from each other under two sets of weights
 * of one policy, at temperature 1, in nats.
 *
 * @param tokens how many were scored
 * @param mean of the magnitudes of the differences
 * @param largest of them
 */
public record ScoreShift(long tokens, double mean, double largest) {
  private static final int ROWS = 128;

  /**
   * Scores turns with both.
   *
   * @param turns of the policy's environment; those whose picture is not in the event are left out
   */
  public static ScoreShift of(
      PolicySpec spec, Parameters exact, Parameters other, List<Turn> turns) {
    List<Turn> shown =
        turns.stream().filter(turn -> turn.getObservation().getImage().isPresent()).toList();
    long tokens = 0;
    double sum = 0;
    double largest = 0;
    try (var scorer = new Scorer(spec, 1)) {
      var batch = new Batch(spec);
      for (int first = 0; first < shown.size(); first += ROWS) {
        var rows = shown.subList(first, Math.min(first + ROWS, shown.size()));
        float[][] left = batch.score(scorer, exact, rows).logProbs();
        float[][] right = batch.score(scorer, other, rows).logProbs();
        for (int row = 0; row < left.length; row++) {
          for (int place = 0; place < left[row].length; place++) {
            double shift = Math.abs((double) left[row][place] - right[row][place]);
            sum += shift;
            largest = Math.max(largest, shift);
            tokens++;
          }
        }
      }
    }
    return new ScoreShift(tokens, tokens == 0 ? 0 : sum / tokens, largest);
  }

  /** Turns as a policy takes them. */
  private record Batch(PolicySpec spec, Vocabulary vocabulary, ObservationBatch observations) {
    Batch(PolicySpec spec) {
      this(spec, new Vocabulary(spec.text().words()), new ObservationBatch(spec, ROWS));
    }

    TokenScores score(Scorer scorer, Parameters weights, List<Turn> turns) {
      observations.clear();
      for (Turn turn : turns) {
        var picture = turn.getObservation().getImage().orElseThrow().duplicate();
        byte[] pixels = new byte[picture.remaining()];
        picture.get(pixels);
        observations.add(
            pixels,
            vocabulary.encodePadded(turn.getObservation().getPrompt(), spec.text().promptTokens()));
      }
      int[][] tokens =
          turns.stream()
              .map(turn -> turn.getTokens().stream().mapToInt(Integer::intValue).toArray())
              .toArray(int[][]::new);
      return scorer.score(weights, observations, tokens, new int[tokens.length], 1, 1);
    }
  }
}
