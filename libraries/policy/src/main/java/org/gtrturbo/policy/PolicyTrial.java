package org.gtrturbo.policy;

import ai.onnxruntime.OnnxTensor;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.gtrturbo.policy.graph.DataType;
import org.gtrturbo.policy.graph.Gradients;
import org.gtrturbo.policy.graph.Graph;
import org.gtrturbo.policy.graph.ModelException;
import org.gtrturbo.policy.graph.OnnxModel;
import org.gtrturbo.policy.graph.OnnxSession;
import org.gtrturbo.policy.graph.Operators;
import org.gtrturbo.policy.graph.Shape;
import org.gtrturbo.policy.graph.UncoveredOperatorException;
import org.gtrturbo.policy.graph.Value;
import org.gtrturbo.policy.graph.reading.UnreadableModelException;

/**
 * Tries an imported policy before a run begins: that its gradient can be written down, and that on
 * random observations it computes what a policy must, each text by itself and each place from the
 * places before it.
 */
final class PolicyTrial {
  private static final int SIZE = 3;
  // Between two runs of the same operators over the same numbers in another order.
  private static final double ROUNDING = 1e-3;

  private final PolicySpec spec;
  private final Parameters weights;
  private final byte[] firstPicture;
  private final int[] firstPrompt;

  private PolicyTrial(PolicySpec spec, Parameters weights) {
    this.spec = spec;
    this.weights = weights;
    SplittableRandom random = new SplittableRandom(0);
    this.firstPicture = picture(random);
    this.firstPrompt = words(spec.text().promptTokens(), random);
  }

  /**
   * @throws IllegalArgumentException if the policy cannot be played or trained
   */
  static void require(PolicySpec spec, Parameters weights) {
    if (spec.network() instanceof PolicySpec.ImportedSpec imported) {
      PortRules.require(spec, imported);
    }
    try {
      new PolicyTrial(spec, weights).run();
    } catch (UncoveredOperatorException
        | UnreadableModelException
        | ModelException
        | IllegalStateException uncovered) {
      throw new IllegalArgumentException(uncovered.getMessage(), uncovered);
    }
  }

  /** Of some observations and texts: logits (N × G × V), values (N), the gradient's length. */
  private record Answer(float[] logits, float[] values, float gradientNorm) {}

  private void run() {
    SplittableRandom random = new SplittableRandom(1);
    int most = spec.text().generatedTokens();
    ObservationBatch observations = observations(random);
    int[] texts = words(SIZE * most, random);
    try (OnnxSession session = OnnxSession.open(OnnxModel.write(graph(), "trial", Map.of()), 1)) {
      Answer answer = ask(session, observations, texts);
      requireSizes(answer);
      requireFinite("logits", answer.logits());
      requireFinite("values", answer.values());
      requireFinite("a gradient", new float[] {answer.gradientNorm()});
      requireBackwardOnly(session, observations, texts, answer);
      requireAlone(session, texts, answer, random);
    }
  }

  /** What is said at a place may depend on nothing that stands there or behind it. */
  private void requireBackwardOnly(
      OnnxSession session, ObservationBatch observations, int[] texts, Answer answer) {
    int most = spec.text().generatedTokens();
    for (int changed : new int[] {0, most / 2, most - 1}) {
      int[] other = texts.clone();
      for (int row = 0; row < SIZE; row++) {
        int at = row * most + changed;
        other[at] = other[at] % (spec.vocabularySize() - 1) + 1;
      }
      Answer again = ask(session, observations, other);
      for (int row = 0; row < SIZE; row++) {
        int from = row * most * spec.vocabularySize();
        int to = from + (changed + 1) * spec.vocabularySize();
        if (differ(answer.logits(), again.logits(), from, to)) {
          throw new IllegalArgumentException(
              "the logits at place "
                  + changed
                  + " or before it change with the generated token at place "
                  + changed
                  + "; at place t they must be of the token at t, given those before it: move the"
                  + " text by one place inside the model, and mask attention causally");
        }
      }
      if (differ(answer.values(), again.values(), 0, SIZE)) {
        throw new IllegalArgumentException(
            "the value changes with the generated text; it must be of the observation alone");
      }
    }
  }

  /** What is said of one observation may not depend on those beside it. */
  private void requireAlone(
      OnnxSession session, int[] texts, Answer answer, SplittableRandom random) {
    int most = spec.text().generatedTokens();
    int[] others = words(SIZE * most, random);
    System.arraycopy(texts, 0, others, 0, most);
    Answer again = ask(session, observations(random), others);
    if (differ(answer.logits(), again.logits(), 0, most * spec.vocabularySize())
        || differ(answer.values(), again.values(), 0, 1)) {
      throw new IllegalArgumentException(
          "what the model says of one observation changes with the others of its batch; is a batch"
              + " normalisation exported in training mode?");
    }
  }

  private static boolean differ(float[] one, float[] other, int from, int to) {
    for (int index = from; index < to; index++) {
      if (Math.abs(one[index] - other[index]) > ROUNDING * (1 + Math.abs(one[index]))) {
        return true;
      }
    }
    return false;
  }

  private void requireSizes(Answer answer) {
    int logits = SIZE * spec.text().generatedTokens() * spec.vocabularySize();
    if (answer.logits().length != logits || answer.values().length != SIZE) {
      throw new IllegalArgumentException(
          "for %d observations the model gives %d logits and %d values, a policy of %d places and %d words gives %d and %d"
              .formatted(
                  SIZE,
                  answer.logits().length,
                  answer.values().length,
                  spec.text().generatedTokens(),
                  spec.vocabularySize(),
                  logits,
                  SIZE));
    }
  }

  private static void requireFinite(String what, float[] numbers) {
    for (float number : numbers) {
      if (!Float.isFinite(number)) {
        throw new IllegalArgumentException(
            "the model gives " + what + " of " + number + " on random observations");
      }
    }
  }

  /** Some observations; the first is always the same. */
  private ObservationBatch observations(SplittableRandom random) {
    ObservationBatch observations = new ObservationBatch(spec, SIZE);
    observations.add(firstPicture, firstPrompt);
    while (observations.size() < SIZE) {
      observations.add(picture(random), words(spec.text().promptTokens(), random));
    }
    return observations;
  }

  private byte[] picture(SplittableRandom random) {
    byte[] pixels = new byte[spec.picture().pixels()];
    random.nextBytes(pixels);
    return pixels;
  }

  private int[] words(int count, SplittableRandom random) {
    return random.ints(count, 1, spec.vocabularySize()).toArray();
  }

  private Answer ask(OnnxSession session, ObservationBatch observations, int[] texts) {
    ByteBuffer tokens =
        ByteBuffer.allocateDirect(texts.length * Long.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    for (int token : texts) {
      tokens.putLong(token);
    }
    try (OnnxTensor parameters =
            OnnxSession.tensor(weights.buffer(), DataType.FLOAT, weights.layout().size());
        OnnxTensor pixels = observations.pixelTensor();
        OnnxTensor prompts = observations.promptTensor();
        OnnxTensor generated =
            OnnxSession.tensor(tokens.flip(), DataType.INT64, SIZE, spec.text().generatedTokens());
        OnnxSession.Outputs outputs =
            session.run(
                Map.of(
                    "parameters", parameters,
                    "pixels", pixels,
                    "prompt", prompts,
                    "generated", generated))) {
      return new Answer(
          outputs.floats("logits"), outputs.floats("value"), outputs.floats("gradientNorm")[0]);
    }
  }

  private Graph graph() {
    Graph graph = new Graph(DataType.FLOAT);
    Operators op = graph.operators();
    Value flat = graph.input("parameters", DataType.FLOAT, weights.layout().size());
    var observations = PolicyNetwork.ObservationInputs.in(graph, spec);
    Value generated =
        graph.input("generated", DataType.INT64, Shape.DYNAMIC, spec.text().generatedTokens());
    var evaluation =
        PolicyNetwork.over(spec, graph, flat)
            .evaluate(observations.pixels(), observations.prompt(), generated);
    graph.output("logits", evaluation.logits());
    graph.output("value", evaluation.value());
    Value loss =
        op.add(op.mean(op.square(evaluation.logits())), op.mean(op.square(evaluation.value())));
    Value gradient = Gradients.of(graph, loss, List.of(flat)).getFirst();
    graph.output("gradientNorm", op.sqrt(op.sum(op.square(gradient))));
    return graph;
  }
}
