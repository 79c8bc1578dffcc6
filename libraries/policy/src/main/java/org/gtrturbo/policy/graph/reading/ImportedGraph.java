package org.gtrturbo.policy.graph.reading;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.gtrturbo.policy.graph.DataType;
import org.gtrturbo.policy.graph.Graph;
import org.gtrturbo.policy.graph.Shape;
import org.gtrturbo.policy.graph.UncoveredOperatorException;
import org.gtrturbo.policy.graph.Value;
import org.jspecify.annotations.Nullable;

/**
 * A model exported elsewhere, ready to be written into any {@link Graph}: for acting, scoring or
 * training, alone or inside a loop.
 *
 * <p>Its floating initializers are parameters, to be given as values so that they can be trained;
 * the statistics of batch normalisation, what Resize resizes to and everything integer are
 * constants.
 */
public final class ImportedGraph {
  private final ImportedBody body;
  private final long opset;
  private final List<Port> inputs;
  private final Map<String, String> metadata;
  private final Map<String, Contents> parameters;

  ImportedGraph(ImportedBody body, long opset, List<Port> inputs, Map<String, String> metadata) {
    this.body = body;
    this.opset = opset;
    this.inputs = List.copyOf(inputs);
    this.metadata = Collections.unmodifiableMap(new LinkedHashMap<>(metadata));
    this.parameters = parametersOf(body);
  }

  /**
   * An input of the model.
   *
   * @param type INT64 for every signed integer type of the file
   * @param shape symbolic dimensions are DYNAMIC
   */
  public record Port(String name, DataType type, Shape shape) {}

  /**
   * A floating initializer.
   *
   * @param contents row-major; the caller's own
   */
  public record Parameter(String name, Shape shape, float[] contents) {}

  public List<Port> inputs() {
    return inputs;
  }

  /** Names of the outputs, in the file's order. */
  public List<String> outputs() {
    return body.outputs();
  }

  /** The operator set that the file was exported with. */
  public long opset() {
    return opset;
  }

  /** The file's key-value pairs. */
  public Map<String, String> metadata() {
    return metadata;
  }

  /** Names and shapes of the parameters, in the file's order. */
  public Map<String, Shape> parameterShapes() {
    Map<String, Shape> shapes = new LinkedHashMap<>();
    parameters.forEach((name, contents) -> shapes.put(name, contents.shape()));
    return Collections.unmodifiableMap(shapes);
  }

  /** The parameters with their contents, in the file's order. */
  public List<Parameter> parameters() {
    List<Parameter> result = new ArrayList<>();
    parameters.forEach(
        (name, contents) -> {
          double[] numbers = contents.numbers();
          float[] floats = new float[numbers.length];
          for (int index = 0; index < floats.length; index++) {
            floats[index] = (float) numbers[index];
          }
          result.add(new Parameter(name, contents.shape(), floats));
        });
    return List.copyOf(result);
  }

  /**
   * Adds the model to {@code graph}.
   *
   * @param inputs a value for each input, of its type (the graph's float type for a floating one);
   *     static dimensions make the model's shapes static
   * @param parameters values of parameters; those not named are written as constants of the file's
   *     contents
   * @return the outputs by name
   * @throws UncoveredOperatorException if the model uses an operator that is not covered
   * @throws UnreadableModelException if an input is missing or does not fit, or a node makes no
   *     sense
   */
  public Map<String, Value> into(
      Graph graph, Map<String, Value> inputs, Map<String, Value> parameters) {
    Emission emission = new Emission(graph, opset);
    for (Port input : this.inputs) {
      emission.bind(input.name(), fitting(graph, input, inputs.get(input.name())));
    }
    parameters.forEach(
        (name, value) -> {
          requireParameter(name, value);
          emission.bind(name, value);
        });
    emission.run(body);
    Map<String, Value> outputs = new LinkedHashMap<>();
    body.outputs().forEach(name -> outputs.put(name, emission.operand(name).value()));
    return Collections.unmodifiableMap(outputs);
  }

  private static Value fitting(Graph graph, Port input, @Nullable Value given) {
    if (given == null) {
      throw new UnreadableModelException("input " + input.name() + " of the model is not given");
    }
    DataType type = input.type().isFloating() ? graph.floatType() : input.type();
    if (given.type() != type) {
      throw new UnreadableModelException(
          "input " + input.name() + " of the model is " + type + ", got " + given);
    }
    if (!fits(input.shape(), given.shape())) {
      throw new UnreadableModelException(
          "input "
              + input.name()
              + " of the model has shape "
              + input.shape()
              + ", got "
              + given
              + "; export the model with dynamic_axes for the dimensions that may differ");
    }
    return given;
  }

  private static boolean fits(Shape declared, Shape given) {
    if (declared.rank() != given.rank()) {
      return false;
    }
    for (int axis = 0; axis < declared.rank(); axis++) {
      long own = declared.at(axis);
      if (own != Shape.DYNAMIC && given.at(axis) != Shape.DYNAMIC && own != given.at(axis)) {
        return false;
      }
    }
    return true;
  }

  private void requireParameter(String name, Value value) {
    Contents contents = parameters.get(name);
    if (contents == null) {
      throw new UnreadableModelException(
          "the model has no parameter " + name + "; it has " + parameters.keySet());
    }
    if (!contents.shape().equals(value.shape())) {
      throw new UnreadableModelException(
          "parameter " + name + " of the model has shape " + contents.shape() + ", got " + value);
    }
  }

  /**
   * The operands of a node that are constants though they are floating: the running statistics of
   * BatchNormalization; roi, scales and sizes of Resize, by which results get their shapes.
   *
   * @param operator its name
   * @param operands names of all its operands, those left out empty
   */
  public static List<String> constantOperands(String operator, List<String> operands) {
    int first =
        switch (operator) {
          case "BatchNormalization" -> 3;
          case "Resize" -> 1;
          default -> operands.size();
        };
    return operands.subList(Math.min(first, operands.size()), operands.size());
  }

  private static Map<String, Contents> parametersOf(ImportedBody body) {
    Set<String> constants = constantsOf(body);
    Map<String, Contents> parameters = new LinkedHashMap<>();
    body.tensors()
        .forEach(
            (name, contents) -> {
              if (contents.type().isFloating() && !constants.contains(name)) {
                parameters.put(name, contents);
              }
            });
    return parameters;
  }

  /** What nodes take as constants, those in branches included, which see the tensors outside. */
  private static Set<String> constantsOf(ImportedBody body) {
    Set<String> constants = new HashSet<>();
    for (ImportedNode node : body.nodes()) {
      constants.addAll(constantOperands(node.operator(), node.inputs()));
      for (Object attribute : node.attributes().values()) {
        if (attribute instanceof ImportedBody branch) {
          constants.addAll(constantsOf(branch));
        }
      }
    }
    return constants;
  }
}
