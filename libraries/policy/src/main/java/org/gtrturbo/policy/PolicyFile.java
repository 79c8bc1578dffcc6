package org.gtrturbo.policy;

import ai.onnx.proto.OnnxMl;
import com.google.protobuf.InvalidProtocolBufferException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import org.gtrturbo.policy.graph.DataType;
import org.gtrturbo.policy.graph.Graph;
import org.gtrturbo.policy.graph.OnnxModel;
import org.gtrturbo.policy.graph.Shape;
import org.gtrturbo.policy.graph.Value;

/**
 * A policy as one ONNX file that any ONNX runtime opens: weights as initializers under their names,
 * inputs {@code pixels}, {@code prompt} and {@code generated}, outputs {@code logits} (N, G, V) and
 * {@code value} (N), and what the policy is in the metadata.
 *
 * @param metadata all of the file's, {@link #SPEC_KEY} left out
 */
public record PolicyFile(PolicySpec spec, Parameters parameters, Map<String, String> metadata) {
  /** Metadata key under which the policy's spec stands as JSON. */
  public static final String SPEC_KEY = "gtr.policy";

  public PolicyFile {
    metadata = Map.copyOf(metadata);
  }

  /** The spec as the text of a {@code policy.json}. */
  public static String json(PolicySpec spec) {
    return PolicyJson.write(spec);
  }

  /**
   * @throws IllegalArgumentException if {@code json} is no policy spec; the message says where
   */
  public static PolicySpec spec(String json) {
    return PolicyJson.read(json);
  }

  /** The bytes of the {@code .onnx} file; equal policies give equal bytes. */
  public byte[] toOnnx() {
    Graph graph = new Graph(DataType.FLOAT);
    Map<String, Value> weights = new LinkedHashMap<>();
    for (ParameterLayout.Slot slot : parameters.layout().slots()) {
      byte[] contents = parameters.slice(slot).toArray(ValueLayout.JAVA_BYTE);
      weights.put(
          slot.name(), graph.initializer(slot.name(), DataType.FLOAT, contents, slot.shape()));
    }
    var observations = PolicyNetwork.ObservationInputs.in(graph, spec);
    Value generated =
        graph.input("generated", DataType.INT64, Shape.DYNAMIC, spec.text().generatedTokens());
    var evaluation =
        PolicyNetwork.of(spec, graph, weights)
            .evaluate(observations.pixels(), observations.prompt(), generated);
    graph.output("logits", evaluation.logits());
    graph.output("value", evaluation.value());
    Map<String, String> all = new HashMap<>(metadata);
    all.put(SPEC_KEY, json(spec));
    return OnnxModel.write(graph, "policy", all);
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
    PolicySpec spec = spec(json);
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
    return new PolicyFile(spec, parameters, metadata);
  }
}
