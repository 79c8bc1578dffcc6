package org.gtrturbo.policy.graph;

import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;

/**
 * One application of an ONNX operator.
 *
 * @param operator name in the default ONNX domain
 * @param inputs operands, none of them omitted
 * @param attributes values of type Long, long[], Float, String, {@link Graph} or {@link DataType}
 */
record Node(
    String operator, List<Value> inputs, List<Value> outputs, Map<String, Object> attributes) {
  Node {
    inputs = List.copyOf(inputs);
    outputs = List.copyOf(outputs);
    attributes = Map.copyOf(attributes);
  }

  Value input(int index) {
    return inputs.get(index);
  }

  Value output() {
    return outputs.get(0);
  }

  /** The same node reading {@code substitution} of what it reads. */
  Node over(UnaryOperator<Value> substitution) {
    List<Value> replaced = inputs.stream().map(substitution).toList();
    return replaced.equals(inputs) ? this : new Node(operator, replaced, outputs, attributes);
  }

  /** Adds what the node reads, bodies' reading of values around them included. */
  void addReadTo(Collection<Value> values) {
    values.addAll(inputs);
    for (Object attribute : attributes.values()) {
      if (attribute instanceof Graph body) {
        body.nodes().forEach(node -> node.addReadTo(values));
      }
    }
  }

  /** Whether it exchanges the last two axes of more than one matrix. */
  boolean turnsBatches() {
    if (!operator.equals("Transpose")) {
      return false;
    }
    long[] order = integers("perm");
    int rank = order.length;
    return rank > 2 && order[rank - 2] == rank - 1 && order[rank - 1] == rank - 2;
  }

  long integer(String attribute) {
    return (Long) required(attribute);
  }

  long[] integers(String attribute) {
    return ((long[]) required(attribute)).clone();
  }

  long integerOr(String attribute, long otherwise) {
    return (Long) attributes.getOrDefault(attribute, otherwise);
  }

  float real(String attribute) {
    return (Float) required(attribute);
  }

  String text(String attribute) {
    return (String) required(attribute);
  }

  boolean has(String attribute) {
    return attributes.containsKey(attribute);
  }

  private Object required(String attribute) {
    Object value = attributes.get(attribute);
    if (value == null) {
      throw new IllegalStateException(operator + " has no attribute " + attribute);
    }
    return value;
  }

  @Override
  public String toString() {
    return operator + " " + inputs + " -> " + outputs;
  }
}
