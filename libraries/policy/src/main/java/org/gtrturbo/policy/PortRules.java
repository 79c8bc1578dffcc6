package org.gtrturbo.policy;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.gtrturbo.policy.graph.DataType;
import org.gtrturbo.policy.graph.Shape;
import org.gtrturbo.policy.graph.reading.ImportedGraph;

/** What the inputs and outputs of an imported network must be like. */
final class PortRules {
  private final PolicySpec spec;
  private final PolicySpec.ImportedSpec imported;
  private final Map<String, ImportedGraph.Port> inputs = new HashMap<>();

  private PortRules(PolicySpec spec, PolicySpec.ImportedSpec imported) {
    this.spec = spec;
    this.imported = imported;
    imported.model().graph().inputs().forEach(port -> inputs.put(port.name(), port));
    imported.model().layout().slots().forEach(slot -> inputs.remove(slot.name()));
  }

  /**
   * @throws IllegalArgumentException if a port is missing or of another type or shape
   */
  static void require(PolicySpec spec, PolicySpec.ImportedSpec imported) {
    PortRules rules = new PortRules(spec, imported);
    rules.requireNames();
    rules.requirePixels();
    PolicySpec.Ports.Inputs names = imported.ports().inputs();
    rules.requireTokens(names.prompt(), spec.text().promptTokens(), "text.promptTokens");
    rules.requireTokens(names.generated(), spec.text().generatedTokens(), "text.generatedTokens");
  }

  private void requireNames() {
    PolicySpec.Ports.Inputs names = imported.ports().inputs();
    List<String> wanted = List.of(names.pixels(), names.prompt(), names.generated());
    List<String> found = inputs.keySet().stream().sorted().toList();
    if (!found.equals(wanted.stream().sorted().toList())) {
      throw new IllegalArgumentException(
          "the model has the inputs "
              + found
              + ", its description names "
              + wanted
              + " as pixels, prompt and generated; say under onnx.inputs in policy.json what they"
              + " are called, and export the model with these three and no others");
    }
    PolicySpec.Ports.Outputs outputs = imported.ports().outputs();
    for (String name : List.of(outputs.logits(), outputs.value())) {
      if (!imported.model().graph().outputs().contains(name)) {
        throw new IllegalArgumentException(
            "the model has no output "
                + name
                + " among "
                + imported.model().graph().outputs()
                + "; say under onnx.outputs in policy.json which are the logits and the value");
      }
    }
  }

  private void requirePixels() {
    ImportedGraph.Port port = port(imported.ports().inputs().pixels());
    var picture = spec.picture();
    boolean typed = port.type() == DataType.UINT8 || port.type().isFloating();
    boolean shaped =
        port.shape().rank() == 4
            && (ImportedNetwork.fits(port, picture.channels(), picture.height(), picture.width())
                || ImportedNetwork.fits(
                    port, picture.height(), picture.width(), picture.channels()));
    if (!typed || !shaped) {
      throw new IllegalArgumentException(
          "input %s is %s%s; it must be uint8 or float of shape (N, %d, %d, %d) or (N, %d, %d, %d)"
              .formatted(
                  port.name(),
                  port.type(),
                  port.shape(),
                  picture.height(),
                  picture.width(),
                  picture.channels(),
                  picture.channels(),
                  picture.height(),
                  picture.width()));
    }
    requireOpenBatch(port);
  }

  private void requireTokens(String name, int tokens, String setting) {
    ImportedGraph.Port port = port(name);
    if (port.type() != DataType.INT64 || port.shape().rank() != 2) {
      throw new IllegalArgumentException(
          "input %s is %s%s; it must be int64 of shape (N, %d)"
              .formatted(name, port.type(), port.shape(), tokens));
    }
    if (!ImportedNetwork.fits(port, tokens)) {
      throw new IllegalArgumentException(
          "input %s has %d places, %s in policy.json says %d; make them the same, or export the"
                  .formatted(name, port.shape().at(1), setting, tokens)
              + " model with dynamic_axes for it");
    }
    requireOpenBatch(port);
  }

  private static void requireOpenBatch(ImportedGraph.Port port) {
    if (port.shape().at(0) != Shape.DYNAMIC) {
      throw new IllegalArgumentException(
          "input %s has a fixed batch of %d; export the model with dynamic_axes={'%s': {0: 'batch'}}"
              .formatted(port.name(), port.shape().at(0), port.name()));
    }
  }

  private ImportedGraph.Port port(String name) {
    ImportedGraph.Port port = inputs.get(name);
    if (port == null) {
      throw new IllegalArgumentException("the model has no input " + name);
    }
    return port;
  }
}
