package org.gtrturbo.policy.graph.reading;

import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.gtrturbo.policy.graph.Graph;
import org.gtrturbo.policy.graph.Operators;
import org.gtrturbo.policy.graph.UncoveredOperatorException;
import org.gtrturbo.policy.graph.Value;

/** One node of a file while it is written into a graph: its operands and attributes. */
final class NodeReading {
  private final Emission emission;
  private final ImportedNode node;

  NodeReading(Emission emission, ImportedNode node) {
    this.emission = emission;
    this.node = node;
  }

  ImportedNode node() {
    return node;
  }

  Emission emission() {
    return emission;
  }

  Graph graph() {
    return emission.graph();
  }

  Operators op() {
    return emission.graph().operators();
  }

  int operands() {
    return node.inputs().size();
  }

  boolean has(int index) {
    return index < node.inputs().size() && !node.inputs().get(index).isEmpty();
  }

  Operand operand(int index) {
    if (!has(index)) {
      throw new IllegalArgumentException("operand " + index + " is missing");
    }
    return emission.operand(node.inputs().get(index));
  }

  Value value(int index) {
    return operand(index).value();
  }

  Optional<Value> optional(int index) {
    return has(index) ? Optional.of(value(index)) : Optional.empty();
  }

  List<Value> values() {
    return IntStream.range(0, operands()).mapToObj(this::value).toList();
  }

  /** What is known of an operand, if all of it is. */
  Optional<Known> whole(int index) {
    return has(index) ? operand(index).known().filter(Known::isWhole) : Optional.empty();
  }

  /**
   * The integers of an operand that must be known before running.
   *
   * @throws UncoveredOperatorException if they are not
   */
  long[] integersOf(int index, String what) {
    return whole(index)
        .orElseThrow(
            () ->
                refused(
                    what
                        + " depends on what the model is run with; export it with a fixed value, or"
                        + " with the dimensions that it is computed from fixed"))
        .asIntegers();
  }

  boolean hasAttribute(String name) {
    return node.attributes().containsKey(name);
  }

  long integer(String name, long otherwise) {
    return node.attributes().getOrDefault(name, otherwise) instanceof Long number
        ? number
        : otherwise;
  }

  float real(String name, double otherwise) {
    return node.attributes().get(name) instanceof Float number ? number : (float) otherwise;
  }

  String text(String name, String otherwise) {
    return node.attributes().get(name) instanceof String text ? text : otherwise;
  }

  Optional<long[]> integers(String name) {
    return node.attributes().get(name) instanceof long[] numbers
        ? Optional.of(numbers.clone())
        : Optional.empty();
  }

  Optional<Object> attribute(String name) {
    return Optional.ofNullable(node.attributes().get(name));
  }

  /** That this node is not covered, and the way round. */
  UncoveredOperatorException refused(String wayRound) {
    return new UncoveredOperatorException(node.toString(), wayRound);
  }
}
