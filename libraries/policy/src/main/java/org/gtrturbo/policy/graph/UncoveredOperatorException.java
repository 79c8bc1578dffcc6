package org.gtrturbo.policy.graph;

/** A graph or a file holds an operator that cannot be read or differentiated here. */
public final class UncoveredOperatorException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  UncoveredOperatorException(Node node) {
    super(
        "operator "
            + node.operator()
            + " has no gradient (node "
            + node
            + "); write the model with the operators "
            + GradientRules.covered()
            + ", or keep this node out of the path from the parameters to the loss");
  }

  /**
   * @param node its operator and its place, in words
   * @param wayRound what to write instead
   */
  public UncoveredOperatorException(String node, String wayRound) {
    super("operator " + node + " is not covered: " + wayRound);
  }
}
