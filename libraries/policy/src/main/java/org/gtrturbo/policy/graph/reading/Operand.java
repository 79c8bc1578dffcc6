package org.gtrturbo.policy.graph.reading;

import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Supplier;
import org.gtrturbo.policy.graph.DataType;
import org.gtrturbo.policy.graph.Graph;
import org.gtrturbo.policy.graph.Shape;
import org.gtrturbo.policy.graph.Value;
import org.jspecify.annotations.Nullable;

/**
 * A value of a model that is being written into a graph. What is known of it may be all that its
 * users need: its nodes are written when its value is first asked for.
 */
final class Operand {
  private final DataType type;
  private final Shape shape;
  private final Optional<Known> known;
  private final OptionalLong batches;
  private final Supplier<Value> writing;
  private @Nullable Value written;

  private Operand(
      DataType type,
      Shape shape,
      Optional<Known> known,
      OptionalLong batches,
      Supplier<Value> writing) {
    this.type = type;
    this.shape = shape;
    this.known = known;
    this.batches = batches;
    this.writing = writing;
  }

  static Operand of(Value value) {
    return new Operand(
        value.type(), value.shape(), Optional.empty(), OptionalLong.empty(), () -> value);
  }

  /** An operand known in full or in part. */
  static Operand of(Known known, Supplier<Value> writing) {
    return new Operand(
        known.type(), known.shape(), Optional.of(known), OptionalLong.empty(), writing);
  }

  /** An operand known in full: a constant of the graph. */
  static Operand of(Graph graph, Known known) {
    DataType type = known.type().isFloating() ? graph.floatType() : known.type();
    return new Operand(
        type,
        known.shape(),
        Optional.of(new Known(type, known.shape(), known.numbers())),
        OptionalLong.empty(),
        () -> graph.constant(type, known.numbers(), known.shape().toArray()));
  }

  DataType type() {
    return type;
  }

  Shape shape() {
    return shape;
  }

  Optional<Known> known() {
    return known;
  }

  /** How many batches long its dynamic dimension is, where it has one and that is certain. */
  OptionalLong batches() {
    return batches;
  }

  /** This operand, its dynamic dimension so many batches long. */
  Operand ofBatches(OptionalLong length) {
    return length.equals(batches) ? this : new Operand(type, shape, known, length, this::value);
  }

  Value value() {
    Value value = written;
    if (value == null) {
      value = writing.get();
      written = value;
    }
    return value;
  }
}
