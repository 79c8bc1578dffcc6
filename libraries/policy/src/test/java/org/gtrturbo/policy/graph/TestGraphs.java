package org.gtrturbo.policy.graph;

import java.util.List;

/** What tests of other packages may know of a graph's inside. */
public final class TestGraphs {
  private TestGraphs() {}

  /** The operators of the graph's nodes, in their order. */
  public static List<String> operators(Graph graph) {
    return graph.nodes().stream().map(Node::operator).toList();
  }

  /** The operators whose gradients are checked one by one. */
  public static List<String> operatorsUnderTest() {
    return GradientsTest.operatorsUnderTest();
  }

  /** The operators that have a gradient. */
  public static List<String> differentiable() {
    return List.copyOf(GradientRules.covered());
  }
}
