package org.gtrturbo.policy.graph.reading;

import java.util.List;
import java.util.Map;

/**
 * A node as it stands in a file.
 *
 * @param place such as "node 17 of 203"
 * @param inputs names of values; empty where an operand is left out
 * @param attributes values of type Long, long[], Float, double[], String, {@link Contents} or
 *     {@link ImportedBody}
 */
record ImportedNode(
    String operator,
    String name,
    String place,
    List<String> inputs,
    List<String> outputs,
    Map<String, Object> attributes) {
  ImportedNode {
    inputs = List.copyOf(inputs);
    outputs = List.copyOf(outputs);
    attributes = Map.copyOf(attributes);
  }

  @Override
  public String toString() {
    return operator + " (" + (name.isEmpty() ? "unnamed, " : "\"" + name + "\", ") + place + ")";
  }
}
