package org.gtrturbo.policy;

import ai.onnx.proto.OnnxMl;
import com.google.protobuf.InvalidProtocolBufferException;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.BiFunction;
import java.util.function.Predicate;
import org.gtrturbo.policy.files.OnnxModelFile;
import org.gtrturbo.policy.files.Weight;
import org.gtrturbo.policy.files.WeightFormat;
import org.gtrturbo.policy.files.WholeModel;
import org.gtrturbo.policy.graph.DataType;
import org.gtrturbo.policy.graph.Graph;
import org.gtrturbo.policy.graph.OnnxModel;
import org.gtrturbo.policy.graph.Shape;
import org.gtrturbo.policy.graph.Value;

/**
 * A policy as one ONNX file that any ONNX runtime opens: weights as initializers under their names,
 * inputs {@code pixels}, {@code prompt} and {@code generated}, outputs {@code logits} (N, G, V) and
 * {@code value} (N), or what an imported policy calls them, and what the policy is in the metadata.
 *
 * @param metadata all of the file's, {@link #SPEC_KEY} left out
 */
public record PolicyFile(PolicySpec spec, Parameters parameters, Map<String, String> metadata) {
  /** Metadata key under which the policy's spec stands as JSON. */
  public static final String SPEC_KEY = "gtr.policy";

  /** Metadata key that says how a file keeps its weights, where that is not as float32. */
  public static final String WEIGHTS_KEY = "gtr.weights";

  private static final Models NO_MODELS =
      (sha256, _) -> {
        throw new IllegalArgumentException("the policy's network " + sha256 + " is not at hand");
      };

  public PolicyFile {
    metadata = Map.copyOf(metadata);
  }

  /** The spec as the text of a {@code policy.json}. */
  public static String json(PolicySpec spec) {
    return PolicyJson.write(spec);
  }

  /** Where the networks of imported policies are, which their JSON only names. */
  @FunctionalInterface
  public interface Models {
    /** The network of that hash and length, as {@link ImportedModel#bytes} has it. */
    byte[] model(String sha256, long bytes);
  }

  /**
   * The spec that a JSON describes.
   *
   * @param models asked where the policy is an imported one
   * @throws IllegalArgumentException if {@code json} is no policy spec; the message says where
   */
  public static PolicySpec spec(String json, Models models) {
    return PolicyJson.read(json, models);
  }

  /**
   * The bytes of the {@code .onnx} file; equal policies give equal bytes. An imported policy is
   * written as the file that it came from, with the weights that it has now.
   */
  public byte[] toOnnx() {
    Map<String, String> all = new HashMap<>(metadata);
    all.put(SPEC_KEY, json(spec));
    return switch (spec.network()) {
      case PolicySpec.TransformerSpec _ -> OnnxModel.write(graph(), "policy", all);
      case PolicySpec.ImportedSpec imported -> imported.model().filled(parameters, all);
    };
  }

  /**
   * Writes the policy without ever having all of its weights in memory a second time; at any size,
   * and in fewer bits where that is asked for.
   *
   * @param largest as in {@link OnnxModelFile#write}
   * @throws IllegalArgumentException if the format cannot hold a weight
   */
  public OnnxModelFile.Written write(Path file, WeightFormat format, long largest) {
    Map<String, String> all = new HashMap<>(metadata);
    all.put(SPEC_KEY, json(spec));
    if (format != WeightFormat.FP32) {
      all.put(WEIGHTS_KEY, format.name().toLowerCase(Locale.ROOT));
    }
    return OnnxModelFile.write(file, withoutWeights(), all, weights(), format, largest);
  }

  /** What a model computes with whose weights are kept in a format. */
  public Parameters restored(WeightFormat format) {
    Parameters restored = Parameters.zeros(parameters.layout());
    Map<String, ParameterLayout.Slot> slots = new HashMap<>();
    parameters.layout().slots().forEach(slot -> slots.put(slot.name(), slot));
    for (Weight weight : weights()) {
      var slot = Objects.requireNonNull(slots.get(weight.name()));
      weight.restore(format, restored.slice(slot));
    }
    return restored;
  }

  private List<Weight> weights() {
    return parameters.layout().slots().stream()
        .map(slot -> new Weight(slot.name(), slot.shape(), parameters.slice(slot)))
        .toList();
  }

  /** The model with its weights as inputs. */
  private byte[] withoutWeights() {
    return switch (spec.network()) {
      case PolicySpec.TransformerSpec _ ->
          OnnxModel.write(
              graph((graph, slot) -> graph.input(slot.name(), DataType.FLOAT, slot.shape())),
              "policy",
              Map.of());
      case PolicySpec.ImportedSpec imported -> imported.model().readable().toByteArray();
    };
  }

  private Graph graph() {
    return graph(
        (graph, slot) ->
            graph.initializer(
                slot.name(),
                DataType.FLOAT,
                parameters.slice(slot).toArray(ValueLayout.JAVA_BYTE),
                slot.shape()));
  }

  private Graph graph(BiFunction<Graph, ParameterLayout.Slot, Value> weight) {
    Graph graph = new Graph(DataType.FLOAT);
    Map<String, Value> weights = new LinkedHashMap<>();
    for (ParameterLayout.Slot slot : parameters.layout().slots()) {
      weights.put(slot.name(), weight.apply(graph, slot));
    }
    var observations = PolicyNetwork.ObservationInputs.in(graph, spec);
    Value generated =
        graph.input("generated", DataType.INT64, Shape.DYNAMIC, spec.text().generatedTokens());
    var evaluation =
        PolicyNetwork.of(spec, graph, weights)
            .evaluate(observations.pixels(), observations.prompt(), generated);
    graph.output("logits", evaluation.logits());
    graph.output("value", evaluation.value());
    return graph;
  }

  /**
   * Reads what {@link #toOnnx} or {@link #write} wrote; weights that the file keeps in fewer bits
   * are those that it computes with. Of no more than 2 GB of float32.
   *
   * @throws IllegalArgumentException as {@link #read(byte[])} does
   */
  public static PolicyFile read(Path file) throws IOException {
    return read(WholeModel.read(file, WEIGHTS_KEY));
  }

  /**
   * Reads what {@link #toOnnx} wrote.
   *
   * @throws IllegalArgumentException if the bytes are no such file; the message says what is
   *     missing
   */
  public static PolicyFile read(byte[] onnx) {
    OnnxMl.ModelProto model;
    try {
      model = OnnxMl.ModelProto.parseFrom(onnx);
    } catch (InvalidProtocolBufferException wrong) {
      throw new IllegalArgumentException("not an ONNX file: " + wrong.getMessage(), wrong);
    }
    Map<String, String> metadata = new HashMap<>();
    model.getMetadataPropsList().forEach(entry -> metadata.put(entry.getKey(), entry.getValue()));
    String json = metadata.remove(SPEC_KEY);
    if (json == null) {
      throw new IllegalArgumentException(
          "the ONNX file has no "
              + SPEC_KEY
              + " in its metadata, so it does not say what policy it is");
    }
    if (PolicyJson.isImported(json)) {
      Set<String> constants = Set.copyOf(PolicyJson.readDescription(json).constants());
      ImportedModel.Separated separated = ImportedModel.separate(onnx, constants);
      PolicySpec imported = PolicyJson.read(json, (_, _) -> separated.model().bytes());
      return new PolicyFile(imported, separated.weights(), metadata);
    }
    PolicySpec spec = PolicyJson.read(json, NO_MODELS);
    return new PolicyFile(spec, weights(model, spec), metadata);
  }

  /**
   * Which tensors of a model are weights of the policy that its metadata describe; empty where they
   * describe none.
   *
   * @throws IllegalArgumentException if the description is not one
   */
  public static Optional<Predicate<String>> weights(Map<String, String> metadata) {
    String json = metadata.get(SPEC_KEY);
    if (json == null) {
      return Optional.empty();
    }
    if (PolicyJson.isImported(json)) {
      Set<String> constants = Set.copyOf(PolicyJson.readDescription(json).constants());
      return Optional.of(name -> !constants.contains(name));
    }
    Set<String> names = new HashSet<>();
    PolicyNetwork.layout(PolicyJson.read(json, NO_MODELS))
        .slots()
        .forEach(slot -> names.add(slot.name()));
    return Optional.of(names::contains);
  }

  private static Parameters weights(OnnxMl.ModelProto model, PolicySpec spec) {
    Map<String, OnnxMl.TensorProto> tensors = new HashMap<>();
    model.getGraph().getInitializerList().forEach(tensor -> tensors.put(tensor.getName(), tensor));
    Parameters parameters = Parameters.zeros(PolicyNetwork.layout(spec));
    for (ParameterLayout.Slot slot : parameters.layout().slots()) {
      OnnxMl.TensorProto tensor = tensors.get(slot.name());
      if (tensor == null || tensor.getRawData().size() != slot.elements() * Float.BYTES) {
        throw new IllegalArgumentException(
            "the ONNX file has no tensor " + slot.name() + " of " + slot.elements() + " floats");
      }
      MemorySegment contents = MemorySegment.ofArray(tensor.getRawData().toByteArray());
      parameters.slice(slot).copyFrom(contents);
    }
    return parameters;
  }
}
