package org.gtrturbo.policy.graph.reading;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/** LSTM, GRU and RNN, in all directions, with and without what may be left out. */
final class RecurrentCases {
  private RecurrentCases() {}

  static List<NodeCase> of(SplittableRandom random) {
    long length = random.nextInt(1, 4);
    long batch = random.nextInt(1, 3);
    List<NodeCase> cases = new ArrayList<>();
    for (String direction : List.of("forward", "reverse", "bidirectional")) {
      cases.add(layer("LSTM", 4, direction, length, batch, true));
      cases.add(layer("GRU", 3, direction, length, batch, true).with("linear_before_reset", 1));
      cases.add(layer("RNN", 1, direction, length, batch, true));
    }
    cases.add(layer("LSTM", 4, "forward", length, batch, false));
    cases.add(layer("GRU", 3, "forward", length, batch, false));
    cases.add(layer("GRU", 3, "bidirectional", length, batch, true));
    cases.add(
        layer("RNN", 1, "forward", length, batch, false).with("activations", List.of("Relu")));
    return cases;
  }

  private static NodeCase layer(
      String operator, long gates, String direction, long length, long batch, boolean isFull) {
    long directions = direction.equals("bidirectional") ? 2 : 1;
    long width = 3;
    NodeCase layer =
        NodeCase.of(operator, isFull ? "with all" : "with the least")
            .input(length, batch, 2)
            .input(directions, gates * width, 2)
            .input(directions, gates * width, width)
            .with("hidden_size", (int) width)
            .with("direction", direction)
            .outputs(operator.equals("LSTM") ? 3 : 2);
    if (isFull) {
      layer.input(directions, 2 * gates * width).without().input(directions, batch, width);
      if (operator.equals("LSTM")) {
        layer.input(directions, batch, width);
      }
    }
    return layer;
  }
}
