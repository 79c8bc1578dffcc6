package org.gtrturbo.policy;

import ai.onnxruntime.OnnxTensor;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import org.gtrturbo.policy.device.Compute;
import org.gtrturbo.policy.graph.DataType;
import org.gtrturbo.policy.graph.Graph;
import org.gtrturbo.policy.graph.OnnxModel;
import org.gtrturbo.policy.graph.OnnxSession;
import org.gtrturbo.policy.graph.Operators;
import org.gtrturbo.policy.graph.Shape;
import org.gtrturbo.policy.graph.Value;

/**
 * Writes turns: thought, action marker and action for many observations in one call.
 *
 * <p>The whole of generation is one ONNX graph: the context is read once, then a loop draws token
 * after token with what the policy remembers of the text until every turn has ended, one token
 * after its action marker. Weights are an input, so a new policy needs no new session. Threads may
 * share a generator.
 */
public final class Generator implements AutoCloseable {
  // The last token, and whether the turn has its marker: each of shape (N).
  private static final int OWN_STATE = 2;

  private final PolicySpec spec;
  private final int actionMarker;
  private final OnnxSession session;

  /**
   * On the processor.
   *
   * @param threads that compute one operator; 1 where several threads generate side by side
   */
  public Generator(PolicySpec spec, int threads) {
    this(spec, Compute.cpu(threads));
  }

  public Generator(PolicySpec spec, Compute compute) {
    this.spec = spec;
    this.actionMarker = new Vocabulary(spec.text().words()).actionMarker();
    this.session =
        OnnxSession.open(OnnxModel.write(graph(spec, actionMarker), "generate", Map.of()), compute);
  }

  /**
   * Writes one turn for each observation.
   *
   * @param uniforms (N × G) numbers in [0, 1), those of an observation side by side: they decide
   *     its draws, whatever else is in the batch
   */
  public Generation generate(
      Parameters parameters, ObservationBatch observations, Sampling sampling, float[] uniforms) {
    int size = observations.size();
    int most = spec.text().generatedTokens();
    if (uniforms.length < size * most) {
      throw new IllegalArgumentException(
          size + " observations need " + size * most + " draws, got " + uniforms.length);
    }
    try (OnnxTensor weights =
            OnnxSession.tensor(parameters.buffer(), DataType.FLOAT, parameters.layout().size());
        OnnxTensor pixels = observations.pixelTensor();
        OnnxTensor prompts = observations.promptTensor();
        OnnxTensor draws =
            OnnxSession.tensor(turned(uniforms, size, most), DataType.FLOAT, most, size);
        OnnxTensor temperature = scalar((float) sampling.temperature());
        OnnxTensor greedy =
            OnnxSession.tensor(
                ByteBuffer.allocateDirect(1).put(0, (byte) (sampling.greedy() ? 1 : 0)),
                DataType.BOOL);
        OnnxSession.Outputs outputs =
            session.run(
                Map.of(
                    "parameters", weights,
                    "pixels", pixels,
                    "prompt", prompts,
                    "uniforms", draws,
                    "temperature", temperature,
                    "greedy", greedy))) {
      return collect(outputs, size);
    }
  }

  private static OnnxTensor scalar(float number) {
    ByteBuffer buffer = ByteBuffer.allocateDirect(Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    return OnnxSession.tensor(buffer.putFloat(0, number), DataType.FLOAT);
  }

  /** Draws by token first, then by observation: the order in which the loop takes them. */
  private static ByteBuffer turned(float[] uniforms, int size, int most) {
    ByteBuffer buffer =
        ByteBuffer.allocateDirect(size * most * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    for (int token = 0; token < most; token++) {
      for (int row = 0; row < size; row++) {
        buffer.putFloat((token * size + row) * Float.BYTES, uniforms[row * most + token]);
      }
    }
    return buffer;
  }

  private Generation collect(OnnxSession.Outputs outputs, int size) {
    long[] tokens = outputs.integers("tokens");
    float[] logProbs = outputs.floats("logProbs");
    float[] entropies = outputs.floats("entropies");
    int steps = tokens.length / size;
    int[][] rows = new int[size][];
    float[][] rowLogProbs = new float[size][];
    float[][] rowEntropies = new float[size][];
    for (int row = 0; row < size; row++) {
      int length = turnLength(tokens, row, size, steps);
      rows[row] = new int[length];
      rowLogProbs[row] = new float[length];
      rowEntropies[row] = new float[length];
      for (int step = 0; step < length; step++) {
        int at = step * size + row;
        rows[row][step] = (int) tokens[at];
        rowLogProbs[row][step] = logProbs[at];
        rowEntropies[row][step] = entropies[at];
      }
    }
    return new Generation(rows, rowLogProbs, rowEntropies, outputs.floats("values"));
  }

  private int turnLength(long[] tokens, int row, int size, int steps) {
    for (int step = 0; step < steps; step++) {
      if (tokens[step * size + row] == actionMarker) {
        return Math.min(step + 2, steps);
      }
    }
    return steps;
  }

  /**
   * One drawn token per observation.
   *
   * @param token (N)
   * @param logProb (N, 1)
   * @param expectedLogProb (N), over all words; less than 0, the entropy is as much more than 0
   */
  private record Draw(Value token, Value logProb, Value expectedLogProb) {}

  private static Graph graph(PolicySpec spec, int actionMarker) {
    Graph graph = new Graph(DataType.FLOAT);
    Operators op = graph.operators();
    Value flat = graph.input("parameters", DataType.FLOAT, PolicyNetwork.layout(spec).size());
    var observations = PolicyNetwork.ObservationInputs.in(graph, spec);
    int most = spec.text().generatedTokens();
    Value uniforms = op.unsqueeze(graph.input("uniforms", DataType.FLOAT, most, Shape.DYNAMIC), -1);
    Value temperature = graph.input("temperature", DataType.FLOAT);
    Value greedy = graph.input("greedy", DataType.BOOL);
    PolicyNetwork.Writing writing =
        PolicyNetwork.over(spec, graph, flat).write(observations.pixels(), observations.prompt());
    Draw first =
        draw(graph, writing.logits(), op.gather(uniforms, graph.integer(0)), temperature, greedy);
    Value marker = graph.integer(actionMarker);
    Value furtherUniforms = op.slice(uniforms, 0, 1, most);

    List<Value> initial = new ArrayList<>();
    initial.add(first.token());
    initial.add(op.equal(first.token(), marker));
    initial.addAll(writing.state(graph));
    var written =
        op.loop(
            graph.integer(most - 1),
            initial,
            stateShapes(writing),
            (body, turn, state) -> {
              Operators in = body.operators();
              PolicyNetwork.Writing.Next next =
                  writing.next(
                      body, turn, state.getFirst(), state.subList(OWN_STATE, state.size()));
              Value marked = state.get(1);
              Draw drawn =
                  draw(body, next.logits(), in.gather(furtherUniforms, turn), temperature, greedy);
              // A turn whose marker stands before this token has ended with it.
              Value goOn = in.less(in.min(in.indicator(marked)), body.scalar(1));
              Value nowMarked = in.or(marked, in.equal(drawn.token(), marker));
              List<Value> nextState = new ArrayList<>(List.of(drawn.token(), nowMarked));
              nextState.addAll(next.state());
              return new Operators.LoopStep(
                  goOn,
                  nextState,
                  List.of(drawn.token(), drawn.logProb(), drawn.expectedLogProb()));
            });
    graph.output("tokens", stack(op, first.token(), written.recorded().get(0)));
    graph.output("logProbs", op.squeeze(stack(op, first.logProb(), written.recorded().get(1)), -1));
    graph.output(
        "entropies", op.negate(stack(op, first.expectedLogProb(), written.recorded().get(2))));
    graph.output("values", writing.value());
    return graph;
  }

  private static Value stack(Operators op, Value first, Value rest) {
    return op.concat(0, op.unsqueeze(first, 0), rest);
  }

  private static List<Shape> stateShapes(PolicyNetwork.Writing writing) {
    List<Shape> shapes = new ArrayList<>(Collections.nCopies(OWN_STATE, Shape.of(Shape.DYNAMIC)));
    shapes.addAll(writing.stateShapes());
    return shapes;
  }

  /**
   * Draws from softmax(logits / temperature) by inverting its distribution function at {@code
   * uniform} (N, 1): the first word at which it is above.
   */
  private static Draw draw(
      Graph graph, Value logits, Value uniform, Value temperature, Value greedy) {
    Operators op = graph.operators();
    long words = logits.shape().at(1);
    Value logProbs = op.logSoftmax(op.divide(logits, temperature));
    Value probabilities = op.exp(logProbs);
    Value cumulative = op.cumulativeSum(probabilities);
    // Times the last sum, which rounding keeps from being exactly 1: so some word is above.
    Value total = op.slice(cumulative, -1, words - 1, words);
    Value above = op.indicator(op.greater(cumulative, op.multiply(uniform, total)));
    Value token = op.where(greedy, op.argMax(logits), op.argMax(above));
    Value logProb = op.gatherElements(logProbs, op.unsqueeze(token, 1));
    Value expected = op.reduceSum(op.multiply(probabilities, logProbs), false, -1);
    return new Draw(token, logProb, expected);
  }

  /** Draws for {@link #generate} that are all the same; enough where sampling is greedy. */
  public static float[] noDraws(PolicySpec spec, int size) {
    float[] draws = new float[size * spec.text().generatedTokens()];
    Arrays.fill(draws, 0.5f);
    return draws;
  }

  @Override
  public void close() {
    session.close();
  }
}
