package org.gtrturbo.policy.graph.reading;

import ai.onnxruntime.OnnxTensor;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.gtrturbo.policy.graph.DataType;
import org.gtrturbo.policy.graph.Gradients;
import org.gtrturbo.policy.graph.Graph;
import org.gtrturbo.policy.graph.OnnxModel;
import org.gtrturbo.policy.graph.OnnxSession;
import org.gtrturbo.policy.graph.Operators;
import org.gtrturbo.policy.graph.TestTensors;
import org.gtrturbo.policy.graph.Value;

/**
 * A model exported from PyTorch with what PyTorch computed in double; see export_golden_models.py.
 */
record GoldenModel(
    ImportedGraph graph,
    Map<String, Tensor> inputs,
    Map<String, Tensor> outputs,
    Map<String, Tensor> weights,
    Map<String, Tensor> gradients) {

  record Tensor(long[] shape, double[] numbers) {}

  static byte[] file(String name) {
    try (InputStream stream = GoldenModel.class.getResourceAsStream("/golden/" + name)) {
      return stream.readAllBytes();
    } catch (IOException failed) {
      throw new UncheckedIOException(failed);
    }
  }

  static GoldenModel named(String name) {
    try {
      JsonNode reference = new ObjectMapper().readTree(file(name + ".json"));
      return new GoldenModel(
          OnnxGraphReader.read(file(name + ".onnx")),
          tensors(reference.get("inputs")),
          tensors(reference.get("outputs")),
          tensors(reference.get("weights")),
          tensors(reference.get("gradients")));
    } catch (IOException failed) {
      throw new UncheckedIOException(failed);
    }
  }

  private static Map<String, Tensor> tensors(JsonNode object) {
    Map<String, Tensor> tensors = new LinkedHashMap<>();
    object
        .properties()
        .forEach(
            entry -> {
              JsonNode shape = entry.getValue().get("shape");
              long[] dimensions = new long[shape.size()];
              for (int axis = 0; axis < dimensions.length; axis++) {
                dimensions[axis] = shape.get(axis).asLong();
              }
              byte[] bytes = Base64.getDecoder().decode(entry.getValue().get("numbers").asText());
              double[] numbers = new double[bytes.length / Double.BYTES];
              ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).asDoubleBuffer().get(numbers);
              tensors.put(entry.getKey(), new Tensor(dimensions, numbers));
            });
    return tensors;
  }

  /** The model's outputs by name and its gradients by "gradient of NAME". */
  Map<String, double[]> run(DataType type, boolean isBatchDynamic) {
    Graph whole = new Graph(type);
    Operators op = whole.operators();
    Map<String, Value> given = new HashMap<>();
    for (ImportedGraph.Port port : graph.inputs()) {
      DataType own = port.type().isFloating() ? type : port.type();
      long[] shape = isBatchDynamic ? port.shape().toArray() : inputs.get(port.name()).shape();
      given.put(port.name(), whole.input(port.name(), own, shape));
    }
    Map<String, Value> parameters = new LinkedHashMap<>();
    graph
        .parameterShapes()
        .forEach((name, shape) -> parameters.put(name, whole.input(name, type, shape.toArray())));
    Map<String, Value> results = graph.into(whole, given, parameters);
    List<Value> terms = new ArrayList<>();
    results.forEach(
        (name, value) -> {
          whole.output("output " + name, value);
          Tensor weight = weights.get(name);
          Value constant = whole.constant(type, weight.numbers(), weight.shape());
          terms.add(op.sum(op.multiply(value, constant)));
        });
    Value scalar = terms.stream().reduce(op::add).orElseThrow();
    List<String> names = List.copyOf(gradients.keySet());
    List<Value> wanted = names.stream().map(parameters::get).toList();
    List<Value> found = Gradients.of(whole, scalar, wanted);
    for (int index = 0; index < names.size(); index++) {
      whole.output("gradient of " + names.get(index), found.get(index));
    }
    return runWritten(OnnxModel.write(whole, "golden", Map.of()), type, results.keySet());
  }

  private Map<String, double[]> runWritten(
      byte[] model, DataType type, Iterable<String> outputNames) {
    Map<String, OnnxTensor> tensors = new HashMap<>();
    for (ImportedGraph.Port port : graph.inputs()) {
      Tensor input = inputs.get(port.name());
      DataType own = port.type().isFloating() ? type : port.type();
      tensors.put(port.name(), TestTensors.of(own, input.numbers(), input.shape()));
    }
    for (ImportedGraph.Parameter parameter : graph.parameters()) {
      double[] numbers = new double[parameter.contents().length];
      for (int index = 0; index < numbers.length; index++) {
        numbers[index] = parameter.contents()[index];
      }
      tensors.put(parameter.name(), TestTensors.of(type, numbers, parameter.shape().toArray()));
    }
    try (OnnxSession session = OnnxSession.open(model, 1);
        OnnxSession.Outputs outputs = session.run(tensors)) {
      Map<String, double[]> results = new HashMap<>();
      for (String name : outputNames) {
        results.put(name, TestTensors.numbers(outputs.tensor("output " + name)));
      }
      for (String name : gradients.keySet()) {
        results.put(
            "gradient of " + name, TestTensors.numbers(outputs.tensor("gradient of " + name)));
      }
      return results;
    } finally {
      tensors.values().forEach(OnnxTensor::close);
    }
  }
}
