package org.gtrturbo.policy.graph;

/** A graph holds an operator that cannot be differentiated here. */
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
}
