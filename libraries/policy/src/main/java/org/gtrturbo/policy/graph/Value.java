package org.gtrturbo.policy.graph;

/**
 * A tensor in a graph, before it has contents. Two values are equal only if they are the same one.
 */
public final class Value {
  private final String name;
  private final DataType type;
  private final Shape shape;

  Value(String name, DataType type, Shape shape) {
    this.name = name;
    this.type = type;
    this.shape = shape;
  }

  public String name() {
    return name;
  }

  public DataType type() {
    return type;
  }

  public Shape shape() {
    return shape;
  }

  @Override
  public String toString() {
    return name + " " + type + shape;
  }
}
