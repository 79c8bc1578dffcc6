package org.gtrturbo.policy.graph;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.UnaryOperator;

/**
 * An ONNX graph under construction: inputs, constants, nodes in an order in which they can run, and
 * outputs.
 *
 * <p>Names are unique over a graph and all its bodies, so a body refers to a value of an enclosing
 * graph by the value itself. A graph belongs to the thread that builds it.
 */
public final class Graph {
  private final Optional<Graph> enclosing;
  private final DataType floatType;
  private final AtomicInteger names;
  private DataType productType;
  private UnaryOperator<Value> substitution = UnaryOperator.identity();
  private final List<Value> inputs = new ArrayList<>();
  private final List<Value> outputs = new ArrayList<>();
  private final List<Node> nodes = new ArrayList<>();
  private final List<Constant> constants = new ArrayList<>();
  private final Map<Value, Constant> constantOf = new HashMap<>();
  private final Map<Value, Gradients.Rule> ownGradients = new HashMap<>();
  private final Set<Value> heldConstant = new HashSet<>();
  private final Map<String, Value> knownConstants = new HashMap<>();
  private final Operators operators = new Operators(this);

  /**
   * @param floatType what {@link #scalar} and the operators' own constants are made of: FLOAT, or
   *     DOUBLE to check gradients
   */
  public Graph(DataType floatType) {
    this(Optional.empty(), floatType, new AtomicInteger());
  }

  private Graph(Optional<Graph> enclosing, DataType floatType, AtomicInteger names) {
    if (!floatType.isFloating() || floatType.isHalf()) {
      throw new IllegalArgumentException("a graph computes in FLOAT or DOUBLE, not " + floatType);
    }
    this.enclosing = enclosing;
    this.floatType = floatType;
    this.productType = enclosing.map(graph -> graph.productType).orElse(floatType);
    this.names = names;
  }

  /** A graph for the body of a control-flow node; it sees every value of this one. */
  Graph body() {
    return new Graph(Optional.of(this), floatType, names);
  }

  /** The operators, typed and with their results' shapes inferred. */
  public Operators operators() {
    return operators;
  }

  public DataType floatType() {
    return floatType;
  }

  /**
   * From now on {@link Operators#matMul} multiplies in {@code type}: its operands are rounded to
   * it, its result is in the graph's float type again. Bodies begun from here on do likewise.
   *
   * @param type the graph's float type, FLOAT16 or BFLOAT16
   */
  public void multiplyIn(DataType type) {
    if (type != floatType && !type.isHalf()) {
      throw new IllegalArgumentException(
          "a graph of " + floatType + " multiplies in that, FLOAT16 or BFLOAT16, not in " + type);
    }
    productType = type;
  }

  DataType productType() {
    return productType;
  }

  public Value input(String name, DataType type, long... shape) {
    Value value = new Value(name, type, Shape.of(shape));
    inputs.add(value);
    return value;
  }

  /** Marks {@code value} as an output called {@code name}. */
  public void output(String name, Value value) {
    Value named = new Value(name, value.type(), value.shape());
    nodes.add(new Node("Identity", List.of(value), List.of(named), Map.of()));
    outputs.add(named);
  }

  public Value scalar(double number) {
    return constant(floatType, new double[] {number});
  }

  /** A constant of rank 0 (no dimensions) or of the shape given. */
  public Value constant(DataType type, double[] numbers, long... shape) {
    return constant(type, Elements.encode(type, numbers), Shape.of(shape));
  }

  /** An INT64 vector. */
  public Value integers(long... numbers) {
    return constant(DataType.INT64, Elements.encode(numbers), Shape.of(numbers.length));
  }

  /** An INT64 of rank 0. */
  public Value integer(long number) {
    return constant(DataType.INT64, Elements.encode(new long[] {number}), Shape.of());
  }

  /** An initializer under a name of its own: a parameter in an exported model. */
  public Value initializer(String name, DataType type, byte[] contents, long... shape) {
    Value value = new Value(name, type, Shape.of(shape));
    keep(new Constant(value, contents));
    return value;
  }

  /** A constant of these bytes; equal ones are one. */
  public Value constant(DataType type, byte[] contents, Shape shape) {
    String key = type + " " + shape + " " + new String(contents, StandardCharsets.ISO_8859_1);
    return knownConstants.computeIfAbsent(
        key,
        _ -> {
          Value value = new Value(freshName("c"), type, shape);
          keep(new Constant(value, contents));
          return value;
        });
  }

  private void keep(Constant constant) {
    constants.add(constant);
    constantOf.put(constant.value(), constant);
  }

  Value fresh(String operator, DataType type, Shape shape) {
    return new Value(freshName(operator), type, shape);
  }

  /** Adds a node of one result. */
  public Value apply(
      String operator,
      Map<String, Object> attributes,
      DataType type,
      Shape shape,
      Value... operands) {
    Value result = fresh(operator, type, shape);
    add(new Node(operator, List.of(operands), List.of(result), attributes));
    return result;
  }

  Value bodyInput(DataType type, Shape shape) {
    Value value = fresh("in", type, shape);
    inputs.add(value);
    return value;
  }

  void bodyOutput(Value value) {
    boolean isMadeHere = nodes.stream().anyMatch(node -> node.outputs().contains(value));
    if (isMadeHere && !outputs.contains(value)) {
      outputs.add(value);
      return;
    }
    // A copy, because a body may not hand out a value of an enclosing graph or one value twice.
    Value copy = fresh("out", value.type(), value.shape());
    nodes.add(new Node("Identity", List.of(value), List.of(copy), Map.of()));
    outputs.add(copy);
  }

  /**
   * Moves to the enclosing graph the nodes of this finished body that depend on nothing of its own,
   * so that they run once and not with each of its runs. What is made of constants alone stays, as
   * ONNX Runtime makes constants of that, and so do batches of matrices that are turned: it turns
   * them within the product, which is faster for the one row that a token has.
   */
  void moveOutWhatIsAlike() {
    Graph around = enclosing.orElseThrow();
    Set<Value> own = new HashSet<>(inputs);
    Set<Value> moved = new HashSet<>();
    List<Node> staying = new ArrayList<>();
    for (Node node : nodes) {
      Set<Value> read = new HashSet<>();
      node.addReadTo(read);
      boolean readsMore = read.stream().anyMatch(value -> constantIn(value).isEmpty());
      boolean isHandedOut = node.outputs().stream().anyMatch(outputs::contains);
      boolean isFree = readsMore && read.stream().noneMatch(own::contains);
      if (isFree && !isHandedOut && !node.turnsBatches()) {
        around.nodes.add(node);
        moved.addAll(read);
      } else {
        staying.add(node);
        own.addAll(node.outputs());
      }
    }
    nodes.clear();
    nodes.addAll(staying);
    constants.stream().filter(constant -> moved.contains(constant.value())).forEach(around::keep);
    constants.removeIf(constant -> moved.contains(constant.value()));
  }

  void add(Node node) {
    nodes.add(node.over(substitution));
  }

  /** From now on nodes that are added read {@code substitution} of what they are given. */
  void substitute(UnaryOperator<Value> substitution) {
    this.substitution = substitution;
  }

  /** Adds {@code node} as it is, whatever is substituted. */
  void addPlain(Node node) {
    nodes.add(node);
  }

  /** Removes the nodes that nothing depends on but what is not {@code wanted}. */
  public void keepOnly(Collection<Value> wanted) {
    Set<Value> used = new HashSet<>(wanted);
    used.addAll(outputs);
    List<Node> kept = new ArrayList<>();
    for (Node node : nodes.reversed()) {
      if (node.outputs().stream().anyMatch(used::contains)) {
        node.addReadTo(used);
        kept.add(node);
      }
    }
    nodes.clear();
    nodes.addAll(kept.reversed());
    constants.removeIf(constant -> !used.contains(constant.value()));
    knownConstants.values().removeIf(value -> !used.contains(value));
  }

  /**
   * From now on the gradient of {@code result} goes to the values that it was made from by {@code
   * rule}, not back through the nodes that made it.
   */
  void differentiateBy(Value result, Gradients.Rule rule) {
    ownGradients.put(result, rule);
  }

  /** The rule with its products taken in the type in which they are taken now. */
  Gradients.Rule multiplyingAsNow(Gradients.Rule rule) {
    DataType now = productType;
    return (gradients, node) -> {
      DataType then = productType;
      productType = now;
      rule.apply(gradients, node);
      productType = then;
    };
  }

  Optional<Gradients.Rule> ownGradient(Value result) {
    return Optional.ofNullable(ownGradients.get(result));
  }

  /** From now on no gradient flows through {@code value}. */
  void holdConstant(Value value) {
    heldConstant.add(value);
  }

  boolean isHeldConstant(Value value) {
    return heldConstant.contains(value);
  }

  /** Of all values that nodes make, bodies' included, as far as shapes are known. */
  public long bytesOfValues() {
    long bytes = 0;
    for (Node node : nodes) {
      for (Value output : node.outputs()) {
        if (output.shape().isStatic()) {
          bytes += output.shape().elements() * output.type().bytes();
        }
      }
      for (Object attribute : node.attributes().values()) {
        if (attribute instanceof Graph body) {
          bytes += body.bytesOfValues();
        }
      }
    }
    return bytes;
  }

  Optional<Graph> enclosing() {
    return enclosing;
  }

  /** In the order in which they were added. */
  public List<Value> inputs() {
    return Collections.unmodifiableList(inputs);
  }

  List<Value> outputs() {
    return Collections.unmodifiableList(outputs);
  }

  List<Node> nodes() {
    return Collections.unmodifiableList(nodes);
  }

  List<Constant> constants() {
    return Collections.unmodifiableList(constants);
  }

  /** The contents of an INT64 constant of this graph or one around it. */
  long[] integersIn(Value value) {
    return constantIn(value)
        .orElseThrow(() -> new IllegalArgumentException(value + " is not a constant of the graph"))
        .integers();
  }

  /** The contents of {@code value}, if it is a constant of this graph or one around it. */
  Optional<Constant> constantIn(Value value) {
    Constant constant = constantOf.get(value);
    return constant != null
        ? Optional.of(constant)
        : enclosing.flatMap(graph -> graph.constantIn(value));
  }

  private String freshName(String operator) {
    return operator + "_" + names.incrementAndGet();
  }
}
