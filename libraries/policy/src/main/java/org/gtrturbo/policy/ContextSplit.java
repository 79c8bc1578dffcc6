package org.gtrturbo.policy;

import ai.onnx.proto.OnnxMl.AttributeProto;
import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnx.proto.OnnxMl.TensorShapeProto;
import ai.onnx.proto.OnnxMl.TypeProto;
import ai.onnx.proto.OnnxMl.ValueInfoProto;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.gtrturbo.policy.graph.Shape;
import org.gtrturbo.policy.graph.Value;
import org.gtrturbo.policy.graph.reading.ImportedGraph;
import org.gtrturbo.policy.graph.reading.OnnxGraphReader;

/**
 * An imported network in two parts: what its picture and prompt decide, and what the generated text
 * decides too, so that a text can be read again without looking at the picture again.
 *
 * <p>Arithmetic on shapes is in both parts: it must be known where it is used.
 */
final class ContextSplit {
  private final ModelProto model;
  private final String logits;
  private final Set<String> ofText = new HashSet<>();
  private final Set<String> ofShapes = new HashSet<>();
  private final List<NodeProto> textNodes;
  private final ImportedGraph context;

  private ContextSplit(ModelProto model, PolicySpec.Ports ports) {
    this.model = model;
    this.logits = ports.outputs().logits();
    classify(ports.inputs().generated());
    this.textNodes = makers(Set.of(logits), node -> made(node).noneMatch(this::isOfContext));
    Set<String> handedOver = new LinkedHashSet<>(Set.of(ports.outputs().value()));
    readFrom(textNodes, Set.of(logits)).filter(this::isOfContext).forEach(handedOver::add);
    model.getGraph().getInputList().forEach(input -> handedOver.remove(input.getName()));
    this.context = part(makers(handedOver, _ -> true), handedOver, Optional.empty());
  }

  static ContextSplit of(PolicySpec.ImportedSpec imported) {
    return new ContextSplit(imported.model().readable(), imported.ports());
  }

  /**
   * From pixels, prompt and parameters to all that {@link #text} wants, and the value. Where the
   * value is computed beside the text, any text does.
   */
  ImportedGraph context() {
    return context;
  }

  /** Of {@code inputs} those that the context has. */
  Map<String, Value> givenTo(Map<String, Value> inputs) {
    Map<String, Value> given = new HashMap<>(inputs);
    Set<String> wanted = new HashSet<>();
    context.inputs().forEach(port -> wanted.add(port.name()));
    given.keySet().retainAll(wanted);
    return given;
  }

  /**
   * From the generated text and the context to the logits.
   *
   * @param inputs by name: what the context has come to, parameters and the text
   */
  ImportedGraph text(Map<String, Value> inputs) {
    return part(textNodes, Set.of(logits), Optional.of(inputs));
  }

  private void classify(String generated) {
    ofText.add(generated);
    GraphProto graph = model.getGraph();
    graph.getInitializerList().forEach(tensor -> ofShapes.add(tensor.getName()));
    for (NodeProto node : graph.getNodeList()) {
      if (node.getOpType().equals("Shape") || read(node).allMatch(ofShapes::contains)) {
        made(node).forEach(ofShapes::add);
      } else if (read(node).anyMatch(ofText::contains)) {
        made(node).forEach(ofText::add);
      }
    }
  }

  private boolean isOfContext(String name) {
    return !ofText.contains(name) && !ofShapes.contains(name);
  }

  /** The nodes that make {@code outputs}, in the model's order, as far as they are among some. */
  private List<NodeProto> makers(Set<String> outputs, Predicate<NodeProto> among) {
    Set<String> wanted = new HashSet<>(outputs);
    List<NodeProto> makers = new ArrayList<>();
    for (NodeProto node : model.getGraph().getNodeList().reversed()) {
      if (made(node).anyMatch(wanted::contains) && among.test(node)) {
        makers.addFirst(node);
        read(node).forEach(wanted::add);
      }
    }
    return makers;
  }

  /** What the nodes, and whoever wants {@code outputs}, read and the nodes do not make. */
  private static Stream<String> readFrom(List<NodeProto> nodes, Set<String> outputs) {
    Set<String> read = new LinkedHashSet<>();
    nodes.forEach(node -> read(node).forEach(read::add));
    read.addAll(outputs);
    nodes.forEach(node -> made(node).forEach(read::remove));
    return read.stream();
  }

  private static Stream<String> made(NodeProto node) {
    return node.getOutputList().stream().filter(name -> !name.isEmpty());
  }

  /** Names that a node reads, those that its branches or its body take from outside among them. */
  private static Stream<String> read(NodeProto node) {
    Stream<String> captured =
        node.getAttributeList().stream()
            .filter(AttributeProto::hasG)
            .flatMap(attribute -> readBy(attribute.getG()));
    return Stream.concat(node.getInputList().stream().filter(name -> !name.isEmpty()), captured);
  }

  private static Stream<String> readBy(GraphProto body) {
    Set<String> outputs = new LinkedHashSet<>();
    body.getOutputList().forEach(output -> outputs.add(output.getName()));
    Set<String> own = new HashSet<>();
    body.getInputList().forEach(input -> own.add(input.getName()));
    body.getInitializerList().forEach(tensor -> own.add(tensor.getName()));
    return readFrom(body.getNodeList(), outputs).filter(name -> !own.contains(name));
  }

  /**
   * @param given values whose types inputs of the part take; else its inputs are the model's
   */
  private ImportedGraph part(
      List<NodeProto> nodes, Set<String> outputs, Optional<Map<String, Value>> given) {
    Map<String, ValueInfoProto> ports = new LinkedHashMap<>();
    model.getGraph().getInputList().forEach(input -> ports.put(input.getName(), input));
    given.ifPresent(values -> values.forEach((name, value) -> ports.put(name, port(name, value))));
    ModelProto.Builder part = model.toBuilder();
    GraphProto.Builder graph =
        part.getGraphBuilder()
            .clearNode()
            .addAllNode(nodes)
            .clearInput()
            .clearOutput()
            .clearValueInfo();
    readFrom(nodes, outputs)
        .flatMap(name -> Optional.ofNullable(ports.get(name)).stream())
        .forEach(graph::addInput);
    outputs.forEach(name -> graph.addOutput(ValueInfoProto.newBuilder().setName(name)));
    return OnnxGraphReader.read(part.build().toByteArray());
  }

  private static ValueInfoProto port(String name, Value value) {
    TensorShapeProto.Builder shape = TensorShapeProto.newBuilder();
    for (long dimension : value.shape().toArray()) {
      var proto = TensorShapeProto.Dimension.newBuilder();
      shape.addDim(dimension == Shape.DYNAMIC ? proto : proto.setDimValue(dimension));
    }
    return ValueInfoProto.newBuilder()
        .setName(name)
        .setType(
            TypeProto.newBuilder()
                .setTensorType(
                    TypeProto.Tensor.newBuilder()
                        .setElemType(value.type().onnxCode())
                        .setShape(shape)))
        .build();
  }
}
