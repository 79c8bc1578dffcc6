package org.gtrturbo.policy.graph.reading;

import ai.onnx.proto.OnnxMl;
import com.google.protobuf.ByteString;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import org.gtrturbo.policy.graph.DataType;
import org.gtrturbo.policy.graph.Elements;
import org.gtrturbo.policy.graph.Shape;

/** A model file of one node, its inputs random numbers, to be read and differentiated. */
final class NodeCase {
  /** An operand: random floats as an input of the model, or given numbers as an initializer. */
  private record Operand(boolean isInput, DataType type, double[] numbers, long... shape) {}

  private final String operator;
  private final String note;
  private final List<Operand> operands = new ArrayList<>();
  private final Map<String, Object> attributes = new TreeMap<>();
  private long opset = 18;
  private int outputs = 1;
  private boolean flows = true;
  private double low = -2;
  private double high = 2;

  private NodeCase(String operator, String note) {
    this.operator = operator;
    this.note = note;
  }

  static NodeCase of(String operator) {
    return new NodeCase(operator, "");
  }

  static NodeCase of(String operator, String note) {
    return new NodeCase(operator, note);
  }

  NodeCase opset(long opset) {
    this.opset = opset;
    return this;
  }

  /** Where input numbers are drawn from. */
  NodeCase from(double low, double high) {
    this.low = low;
    this.high = high;
    return this;
  }

  /** An operand of random floats that has a gradient. */
  NodeCase input(long... shape) {
    operands.add(new Operand(true, DataType.FLOAT, new double[0], shape));
    return this;
  }

  NodeCase floats(double[] numbers, long... shape) {
    operands.add(new Operand(false, DataType.FLOAT, numbers, shape));
    return this;
  }

  NodeCase scalar(double number) {
    return floats(new double[] {number});
  }

  NodeCase integers(long... numbers) {
    return integersOf(numbers, numbers.length);
  }

  NodeCase integersOf(long[] numbers, long... shape) {
    double[] doubles = Arrays.stream(numbers).asDoubleStream().toArray();
    operands.add(new Operand(false, DataType.INT64, doubles, shape));
    return this;
  }

  NodeCase booleans(double[] numbers, long... shape) {
    operands.add(new Operand(false, DataType.BOOL, numbers, shape));
    return this;
  }

  /** An operand that is left out. */
  NodeCase without() {
    operands.add(new Operand(false, DataType.FLOAT, new double[0], -1));
    return this;
  }

  NodeCase with(String attribute, Object value) {
    attributes.put(attribute, value);
    return this;
  }

  NodeCase outputs(int count) {
    this.outputs = count;
    return this;
  }

  /** No gradient flows through the operator: it is checked by its results alone. */
  NodeCase stopped() {
    this.flows = false;
    return this;
  }

  String operator() {
    return operator;
  }

  boolean flows() {
    return flows;
  }

  int outputs() {
    return outputs;
  }

  List<String> inputNames() {
    List<String> names = new ArrayList<>();
    for (int index = 0; index < operands.size(); index++) {
      if (operands.get(index).isInput()) {
        names.add("x" + index);
      }
    }
    return names;
  }

  long[] shape(String input) {
    return operands.get(Integer.parseInt(input.substring(1))).shape();
  }

  double[] draw(String input, SplittableRandom random) {
    long elements = Shape.of(shape(input)).elements();
    return random.doubles(elements, low, high).toArray();
  }

  /** The file; {@code y0}, {@code y1} ... are its outputs. */
  byte[] file() {
    OnnxMl.GraphProto.Builder graph = OnnxMl.GraphProto.newBuilder().setName("case");
    OnnxMl.NodeProto.Builder node =
        OnnxMl.NodeProto.newBuilder().setOpType(operator).setName("the " + operator);
    for (int index = 0; index < operands.size(); index++) {
      Operand operand = operands.get(index);
      boolean isLeftOut = operand.shape().length == 1 && operand.shape()[0] == -1;
      node.addInput(isLeftOut ? "" : "x" + index);
      if (operand.isInput()) {
        graph.addInput(info("x" + index, operand.type(), operand.shape()));
      } else if (!isLeftOut) {
        graph.addInitializer(tensor("x" + index, operand));
      }
    }
    attributes.forEach((name, value) -> node.addAttribute(attribute(name, value)));
    for (int index = 0; index < outputs; index++) {
      node.addOutput("y" + index);
      graph.addOutput(OnnxMl.ValueInfoProto.newBuilder().setName("y" + index));
    }
    return OnnxMl.ModelProto.newBuilder()
        .setIrVersion(8)
        .setGraph(graph.addNode(node))
        .addOpsetImport(OnnxMl.OperatorSetIdProto.newBuilder().setVersion(opset))
        .build()
        .toByteArray();
  }

  static OnnxMl.ValueInfoProto info(String name, DataType type, long... shape) {
    OnnxMl.TensorShapeProto.Builder dimensions = OnnxMl.TensorShapeProto.newBuilder();
    for (long dimension : shape) {
      dimensions.addDim(OnnxMl.TensorShapeProto.Dimension.newBuilder().setDimValue(dimension));
    }
    return OnnxMl.ValueInfoProto.newBuilder()
        .setName(name)
        .setType(
            OnnxMl.TypeProto.newBuilder()
                .setTensorType(
                    OnnxMl.TypeProto.Tensor.newBuilder()
                        .setElemType(type.onnxCode())
                        .setShape(dimensions)))
        .build();
  }

  private static OnnxMl.TensorProto tensor(String name, Operand operand) {
    OnnxMl.TensorProto.Builder tensor =
        OnnxMl.TensorProto.newBuilder()
            .setName(name)
            .setDataType(operand.type().onnxCode())
            .setRawData(ByteString.copyFrom(Elements.encode(operand.type(), operand.numbers())));
    for (long dimension : operand.shape()) {
      tensor.addDims(dimension);
    }
    return tensor.build();
  }

  static OnnxMl.AttributeProto attribute(String name, Object value) {
    OnnxMl.AttributeProto.Builder attribute = OnnxMl.AttributeProto.newBuilder().setName(name);
    switch (value) {
      case Integer number ->
          attribute.setType(OnnxMl.AttributeProto.AttributeType.INT).setI(number);
      case Long number -> attribute.setType(OnnxMl.AttributeProto.AttributeType.INT).setI(number);
      case Double number ->
          attribute.setType(OnnxMl.AttributeProto.AttributeType.FLOAT).setF(number.floatValue());
      case String text ->
          attribute
              .setType(OnnxMl.AttributeProto.AttributeType.STRING)
              .setS(ByteString.copyFromUtf8(text));
      case long[] numbers -> {
        attribute.setType(OnnxMl.AttributeProto.AttributeType.INTS);
        for (long number : numbers) {
          attribute.addInts(number);
        }
      }
      case List<?> texts -> {
        attribute.setType(OnnxMl.AttributeProto.AttributeType.STRINGS);
        texts.forEach(text -> attribute.addStrings(ByteString.copyFromUtf8(text.toString())));
      }
      case OnnxMl.TensorProto proto ->
          attribute.setType(OnnxMl.AttributeProto.AttributeType.TENSOR).setT(proto);
      case OnnxMl.GraphProto proto ->
          attribute.setType(OnnxMl.AttributeProto.AttributeType.GRAPH).setG(proto);
      default -> throw new IllegalArgumentException("attribute " + value);
    }
    return attribute.build();
  }

  @Override
  public String toString() {
    return operator
        + (note.isEmpty() ? "" : " " + note)
        + " "
        + attributeText()
        + ", opset "
        + opset;
  }

  private String attributeText() {
    StringBuilder text = new StringBuilder();
    attributes.forEach(
        (name, value) ->
            text.append(name)
                .append('=')
                .append(value instanceof long[] n ? Arrays.toString(n) : value)
                .append(' '));
    return text.toString().strip();
  }
}
