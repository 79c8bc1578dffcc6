package org.gtrturbo.policy.losses;

import ai.onnxruntime.OnnxTensor;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BiFunction;
import org.gtrturbo.policy.graph.DataType;
import org.gtrturbo.policy.graph.Gradients;
import org.gtrturbo.policy.graph.Graph;
import org.gtrturbo.policy.graph.OnnxModel;
import org.gtrturbo.policy.graph.OnnxSession;
import org.gtrturbo.policy.graph.Operators;
import org.gtrturbo.policy.graph.Value;

/**
 * A minibatch of given numbers, and losses of it by ONNX Runtime in double precision.
 *
 * @param numbers by name, row-major
 */
record SmallBatch(int turns, int tokens, int words, int few, Map<String, double[]> numbers) {
  static final double LAMBDA = 0.5;
  static final double CLIP = 0.2;
  static final double BETA = 0.3;

  /** Loss and gradients as they came out, or are to come out. */
  record Result(double loss, double[] logits, double[] value) {}

  static SmallBatch golden(JsonNode root) {
    Map<String, double[]> numbers = new LinkedHashMap<>();
    root.get("inputs")
        .properties()
        .forEach(input -> numbers.put(input.getKey(), doubles(input.getValue())));
    JsonNode shapes = root.get("shapes");
    return new SmallBatch(
        shapes.get("turns").asInt(),
        shapes.get("tokens").asInt(),
        shapes.get("words").asInt(),
        shapes.get("few").asInt(),
        numbers);
  }

  static JsonNode goldenFile() {
    try (var in = SmallBatch.class.getResourceAsStream("/losses/golden.json")) {
      return new ObjectMapper().readTree(in);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static double[] doubles(JsonNode array) {
    double[] doubles = new double[array.size()];
    for (int index = 0; index < doubles.length; index++) {
      doubles[index] = array.get(index).asDouble();
    }
    return doubles;
  }

  SmallBatch with(String name, double[] changed) {
    Map<String, double[]> all = new LinkedHashMap<>(numbers);
    all.put(name, changed);
    return new SmallBatch(turns, tokens, words, few, all);
  }

  double at(String name, int turn, int token) {
    return numbers.get(name)[turn * tokens + token];
  }

  /** A loss of the inputs by name; "distributions", "logProbs" and "ratio" are made of them. */
  interface Loss extends BiFunction<Operators, Map<String, Value>, Value> {}

  Result run(Loss loss) {
    Graph graph = new Graph(DataType.DOUBLE);
    Operators op = graph.operators();
    Map<String, Value> inputs = new LinkedHashMap<>();
    numbers.keySet().forEach(name -> inputs.put(name, graph.input(name, type(name), shape(name))));
    Value distributions = op.logSoftmax(inputs.get("logits"));
    Map<String, Value> all = new HashMap<>(inputs);
    all.put("distributions", distributions);
    all.put("logProbs", TokenLosses.logProbs(op, distributions, inputs.get("tokens")));
    Value result = loss.apply(op, all);
    graph.output("loss", result);
    List<Value> of = List.of(inputs.get("logits"), inputs.get("value"));
    // A loss need not look at both: each is added times zero, so that it has a gradient.
    Value whole =
        op.add(
            result,
            op.multiply(op.add(op.sum(inputs.get("logits")), op.sum(inputs.get("value"))), 0));
    List<Value> gradients = Gradients.of(graph, whole, of);
    graph.output("ofLogits", gradients.get(0));
    graph.output("ofValue", gradients.get(1));
    return run(OnnxModel.write(graph, "loss", Map.of()), inputs);
  }

  private Result run(byte[] model, Map<String, Value> inputs) {
    Map<String, OnnxTensor> tensors = new HashMap<>();
    try (OnnxSession session = OnnxSession.open(model, 1)) {
      inputs.forEach((name, _) -> tensors.put(name, tensor(name)));
      try (OnnxSession.Outputs outputs = session.run(tensors)) {
        return new Result(
            outputs.doubles("loss")[0], outputs.doubles("ofLogits"), outputs.doubles("ofValue"));
      }
    } finally {
      tensors.values().forEach(OnnxTensor::close);
    }
  }

  private static DataType type(String name) {
    return name.endsWith("okens") ? DataType.INT64 : DataType.DOUBLE;
  }

  private long[] shape(String name) {
    return switch (name) {
      case "logits", "teacherTop" -> new long[] {turns, tokens, words};
      case "teacherFew", "teacherFewTokens" -> new long[] {turns, tokens, few};
      case "value", "advantage", "valueTarget", "valueBefore" -> new long[] {turns};
      default -> new long[] {turns, tokens};
    };
  }

  private OnnxTensor tensor(String name) {
    double[] contents = numbers.get(name);
    ByteBuffer buffer =
        ByteBuffer.allocateDirect(contents.length * Double.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    for (double number : contents) {
      if (type(name) == DataType.INT64) {
        buffer.putLong((long) number);
      } else {
        buffer.putDouble(number);
      }
    }
    return OnnxSession.tensor(buffer.flip(), type(name), shape(name));
  }

  /** The surrogate of a case, with nothing taken off advantages where {@code penalty} is null. */
  Loss surrogate(Surrogate surrogate, Estimator penalty, boolean ofTurn) {
    return (op, in) -> {
      Value written = op.add(in.get("thought"), in.get("action"));
      Value logProbs = in.get("logProbs");
      boolean decoupled = surrogate.decoupling().isPresent();
      Value anchor = in.get(decoupled ? "proximal" : "behaviour");
      Value taken = op.multiply(logProbs, 0);
      if (penalty != null) {
        var student = student(in).constant(op);
        Value distance = new Divergence(penalty, words).at(op, student, in::get);
        taken = op.multiply(op.multiply(distance, in.get("thought")), BETA);
      }
      return surrogate.loss(
          op,
          new Surrogate.Tokens(
              in.get("thought"),
              in.get("action"),
              op.multiply(op.subtract(logProbs, anchor), written),
              decoupled
                  ? Optional.of(op.multiply(op.subtract(anchor, in.get("behaviour")), written))
                  : Optional.empty(),
              taken),
          in.get("advantage"),
          ofTurn);
    };
  }

  private static Divergence.Student student(Map<String, Value> in) {
    return new Divergence.Student(
        in.get("logProbs"), in.get("distributions"), Optional.of(in.get("thought")));
  }

  /** The mean estimate over thought tokens; of few words where the estimator looks at few. */
  Loss estimate(Estimator estimator) {
    return (op, in) -> {
      boolean whole = estimator.words() == words;
      Value distance =
          new Divergence(estimator, words)
              .at(
                  op,
                  student(in),
                  name ->
                      switch (name) {
                        case Divergence.TEACHER_TOP -> in.get(whole ? "teacherTop" : "teacherFew");
                        case Divergence.TEACHER_TOP_TOKENS -> in.get("teacherFewTokens");
                        default -> in.get(name);
                      });
      return TokenLosses.weightedMean(op, distance, in.get("thought"));
    };
  }
}
