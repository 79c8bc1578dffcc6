package org.gtrturbo.policy.graph.reading;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The nodes of a file's graph or of a branch in it.
 *
 * @param nodes in an order in which they can run
 * @param tensors initializers by name
 * @param outputs names of values
 */
record ImportedBody(List<ImportedNode> nodes, Map<String, Contents> tensors, List<String> outputs) {
  ImportedBody {
    nodes = List.copyOf(nodes);
    tensors = Collections.unmodifiableMap(new LinkedHashMap<>(tensors));
    outputs = List.copyOf(outputs);
  }
}
