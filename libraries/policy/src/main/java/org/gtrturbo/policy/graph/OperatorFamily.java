package org.gtrturbo.policy.graph;

/** A family of operators that add their nodes to one graph. */
public sealed interface OperatorFamily
    permits ElementwiseOperators,
        ReductionOperators,
        LinearOperators,
        NormalizationOperators,
        ShapeOperators,
        IndexingOperators,
        WindowOperators {

  /** The graph that the nodes are added to. */
  Graph graph();

  /** All families over the same graph. */
  Operators op();
}
