package org.gtrturbo.policy.graph.reading;

import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.gtrturbo.policy.graph.DataType;
import org.gtrturbo.policy.graph.Graph;
import org.gtrturbo.policy.graph.Value;

/** Writes the nodes of a file into a graph, one by one, keeping what each name stands for. */
final class Emission {
  private static final int MOST_KNOWN_FLOATS = 64;

  private final Graph graph;
  private final long opset;
  private final Map<String, Operand> operands = new HashMap<>();

  Emission(Graph graph, long opset) {
    this.graph = graph;
    this.opset = opset;
  }

  Graph graph() {
    return graph;
  }

  /** The operator set that the file was exported with. */
  long opset() {
    return opset;
  }

  void bind(String name, Value value) {
    operands.put(name, Operand.of(value).ofBatches(BatchLengths.ofInput(value.shape())));
  }

  Operand operand(String name) {
    Operand operand = operands.get(name);
    if (operand == null) {
      throw new UnreadableModelException("nothing in the model makes the value " + name);
    }
    return operand;
  }

  /** Writes what the outputs of {@code body} depend on. */
  void run(ImportedBody body) {
    body.tensors()
        .forEach((name, contents) -> operands.computeIfAbsent(name, _ -> tensor(contents)));
    Set<String> needed = new HashSet<>(body.outputs());
    for (ImportedNode node : body.nodes().reversed()) {
      if (node.outputs().stream().anyMatch(needed::contains)) {
        needed.addAll(node.inputs());
        node.attributes().values().forEach(value -> needed.addAll(readBy(value)));
      }
    }
    for (ImportedNode node : body.nodes()) {
      if (node.outputs().stream().anyMatch(needed::contains)) {
        write(node);
      }
    }
  }

  /** The outputs of a branch, which sees every value here while its own stay its own. */
  List<Operand> branch(ImportedBody body) {
    Emission inner = new Emission(graph, opset);
    inner.operands.putAll(operands);
    body.tensors().forEach((name, contents) -> inner.operands.put(name, tensor(contents)));
    inner.run(body);
    return body.outputs().stream().map(inner::operand).toList();
  }

  /** The names that a branch reads. */
  private static Set<String> readBy(Object attribute) {
    Set<String> names = new HashSet<>();
    if (attribute instanceof ImportedBody branch) {
      names.addAll(branch.outputs());
      for (ImportedNode node : branch.nodes()) {
        names.addAll(node.inputs());
        node.attributes().values().forEach(value -> names.addAll(readBy(value)));
      }
    }
    return names;
  }

  private void write(ImportedNode node) {
    List<Operand> results;
    try {
      NodeReading reading = new NodeReading(this, node);
      Optional<Operand> folded = Folding.fold(reading);
      results =
          folded.map(List::of).orElseGet(() -> ReadingRules.read(reading)).stream()
              .map(result -> result.ofBatches(BatchLengths.of(reading, result)))
              .toList();
    } catch (IllegalArgumentException | IndexOutOfBoundsException misfit) {
      throw new UnreadableModelException("node " + node + " cannot be read", misfit);
    }
    for (int index = 0; index < node.outputs().size(); index++) {
      if (!node.outputs().get(index).isEmpty() && index < results.size()) {
        operands.put(node.outputs().get(index), results.get(index));
      }
    }
  }

  /** A constant tensor; small ones are followed by what is known of them. */
  Operand tensor(Contents contents) {
    long most = contents.type().isFloating() ? MOST_KNOWN_FLOATS : Known.MOST_ELEMENTS;
    if (contents.shape().elements() <= most) {
      return Operand.of(graph, new Known(contents.type(), contents.shape(), contents.numbers()));
    }
    DataType type = contents.type().isFloating() ? graph.floatType() : contents.type();
    return Operand.of(graph.constant(type, contents.in(type), contents.shape()));
  }
}
