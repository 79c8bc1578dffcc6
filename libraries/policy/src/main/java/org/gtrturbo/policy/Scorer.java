package org.gtrturbo.policy;

import ai.onnxruntime.OnnxTensor;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.Arrays;
import java.util.Comparator;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.IntStream;
import org.gtrturbo.policy.device.Compute;
import org.gtrturbo.policy.graph.DataType;
import org.gtrturbo.policy.graph.Graph;
import org.gtrturbo.policy.graph.OnnxModel;
import org.gtrturbo.policy.graph.OnnxSession;
import org.gtrturbo.policy.graph.Operators;
import org.gtrturbo.policy.graph.Shape;
import org.gtrturbo.policy.graph.Value;

/**
 * Scores written turns under a policy: one forward pass, no decoding. Threads may share a scorer.
 *
 * <p>Texts are padded to one of a few lengths, each with a session of its own made when it is first
 * met, so that little is computed for padding.
 */
public final class Scorer implements AutoCloseable {
  private static final int LENGTH_STEP = 2;

  private final PolicySpec spec;
  private final Compute compute;
  private final Map<Integer, OnnxSession> sessions = new ConcurrentHashMap<>();

  /** On the processor. */
  public Scorer(PolicySpec spec, int threads) {
    this(spec, Compute.cpu(threads));
  }

  public Scorer(PolicySpec spec, Compute compute) {
    this.spec = spec;
    this.compute = compute;
  }

  /**
   * @param tokens what was written for each observation
   * @param places per observation, for how many of its first tokens the likeliest ones are wanted
   * @param topK how many of them; 0 or the vocabulary's size: the whole distribution
   * @param temperature divides the logits
   */
  public TokenScores score(
      Parameters parameters,
      ObservationBatch observations,
      int[][] tokens,
      int[] places,
      int topK,
      double temperature) {
    int size = observations.size();
    int length = paddedLength(spec, tokens);
    try (OnnxTensor weights =
            OnnxSession.tensor(parameters.buffer(), DataType.FLOAT, parameters.layout().size());
        OnnxTensor pixels = observations.pixelTensor();
        OnnxTensor prompts = observations.promptTensor();
        OnnxTensor generated =
            OnnxSession.tensor(padded(tokens, length), DataType.INT64, size, length);
        OnnxTensor heat =
            OnnxSession.tensor(
                ByteBuffer.allocateDirect(Float.BYTES)
                    .order(ByteOrder.LITTLE_ENDIAN)
                    .putFloat(0, (float) temperature),
                DataType.FLOAT);
        OnnxSession.Outputs outputs =
            sessions
                .computeIfAbsent(length, this::open)
                .run(
                    Map.of(
                        "parameters", weights,
                        "pixels", pixels,
                        "prompt", prompts,
                        "generated", generated,
                        "temperature", heat))) {
      FloatBuffer distributions = outputs.tensor("distributions").getFloatBuffer();
      return collect(distributions, tokens, places, topK, length);
    }
  }

  private TokenScores collect(
      FloatBuffer distributions, int[][] tokens, int[] places, int topK, int length) {
    int words = spec.vocabularySize();
    boolean whole = topK == 0 || topK >= words;
    int kept = whole ? words : topK;
    float[][] logProbs = new float[tokens.length][];
    int[][] topTokens = new int[tokens.length][];
    float[][] topLogProbs = new float[tokens.length][];
    for (int row = 0; row < tokens.length; row++) {
      int start = row * length * words;
      logProbs[row] = new float[tokens[row].length];
      for (int place = 0; place < tokens[row].length; place++) {
        logProbs[row][place] = distributions.get(start + place * words + tokens[row][place]);
      }
      topLogProbs[row] = new float[places[row] * kept];
      topTokens[row] = new int[whole ? 0 : places[row] * kept];
      if (whole) {
        distributions.get(start, topLogProbs[row]);
      } else {
        for (int place = 0; place < places[row]; place++) {
          float[] distribution = new float[words];
          distributions.get(start + place * words, distribution);
          keepLikeliest(distribution, place * kept, kept, topTokens[row], topLogProbs[row]);
        }
      }
    }
    return new TokenScores(logProbs, topTokens, topLogProbs, kept);
  }

  private static void keepLikeliest(
      float[] distribution, int at, int kept, int[] tokens, float[] logProbs) {
    int[] order =
        IntStream.range(0, distribution.length)
            .boxed()
            .sorted(Comparator.comparingDouble(token -> -distribution[token]))
            .limit(kept)
            .mapToInt(Integer::intValue)
            .toArray();
    for (int rank = 0; rank < kept; rank++) {
      tokens[at + rank] = order[rank];
      logProbs[at + rank] = distribution[order[rank]];
    }
  }

  /** G: the longest of {@code tokens}, rounded up to a length that sessions are kept for. */
  public static int paddedLength(PolicySpec spec, int[][] tokens) {
    int longest = Arrays.stream(tokens).mapToInt(row -> row.length).max().orElse(2);
    int rounded = (Math.max(longest, 2) + LENGTH_STEP - 1) / LENGTH_STEP * LENGTH_STEP;
    return Math.min(rounded, spec.text().generatedTokens());
  }

  private static ByteBuffer padded(int[][] tokens, int length) {
    ByteBuffer buffer =
        ByteBuffer.allocateDirect(tokens.length * length * Long.BYTES)
            .order(ByteOrder.LITTLE_ENDIAN);
    for (int row = 0; row < tokens.length; row++) {
      for (int place = 0; place < tokens[row].length; place++) {
        buffer.putLong((row * length + place) * Long.BYTES, tokens[row][place]);
      }
    }
    return buffer;
  }

  private OnnxSession open(int length) {
    Graph graph = new Graph(DataType.FLOAT);
    Operators op = graph.operators();
    Value flat = graph.input("parameters", DataType.FLOAT, PolicyNetwork.layout(spec).size());
    var observations = PolicyNetwork.ObservationInputs.in(graph, spec);
    Value generated = graph.input("generated", DataType.INT64, Shape.DYNAMIC, length);
    Value temperature = graph.input("temperature", DataType.FLOAT);
    var evaluation =
        PolicyNetwork.over(spec, graph, flat)
            .evaluate(observations.pixels(), observations.prompt(), generated);
    graph.output("distributions", op.logSoftmax(op.divide(evaluation.logits(), temperature)));
    return OnnxSession.open(OnnxModel.write(graph, "score", Map.of()), compute);
  }

  @Override
  public void close() {
    sessions.values().forEach(OnnxSession::close);
  }
}
