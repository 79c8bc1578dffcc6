package org.gtrturbo.policy.graph.reading;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.gtrturbo.policy.graph.Operators;
import org.gtrturbo.policy.graph.Shape;
import org.gtrturbo.policy.graph.Value;

/** LSTM, GRU and RNN, unrolled over a sequence of static length. */
final class RecurrentReading {
  private static final Set<String> REFUSED = Set.of("clip", "input_forget", "activation_alpha");

  private RecurrentReading() {}

  static Map<String, ReadingRules.Rule> rules() {
    return Map.of(
        "LSTM", node -> unrolled(node, new RecurrentCell.Lstm()),
        "GRU",
            node ->
                unrolled(node, new RecurrentCell.Gru(node.integer("linear_before_reset", 0) != 0)),
        "RNN", node -> unrolled(node, new RecurrentCell.Elman(isRelu(node))));
  }

  private static boolean isRelu(NodeReading node) {
    List<String> names = activations(node);
    return !names.isEmpty() && names.getFirst().equals("Relu");
  }

  private static List<String> activations(NodeReading node) {
    return node.attribute("activations")
        .map(names -> ((List<?>) names).stream().map(String::valueOf).toList())
        .orElseGet(List::of);
  }

  /**
   * Results: (length, directions, batch, width), then each last state (directions, batch, width).
   */
  private static List<Operand> unrolled(NodeReading node, RecurrentCell cell) {
    Operators op = node.op();
    Value sequence = node.value(0);
    check(node, cell, sequence);
    String direction = node.text("direction", "forward");
    int directions = direction.equals("bidirectional") ? 2 : 1;
    List<Value> outputs = new ArrayList<>();
    List<List<Value>> lastStates = new ArrayList<>();
    for (int index = 0; index < directions; index++) {
      boolean backwards = direction.equals("reverse") || index == 1;
      Weights weights = weights(node, index);
      List<Value> states = initial(node, cell, index, weights.width());
      List<Value> steps = run(op, cell, weights, sequence, states, backwards);
      outputs.add(op.unsqueeze(op.concat(0, backwards ? steps.reversed() : steps), 1));
      lastStates.add(states);
    }
    List<Operand> results = new ArrayList<>();
    results.add(Operand.of(joined(op, 1, outputs)));
    for (int state = 0; state < cell.states(); state++) {
      int each = state;
      List<Value> parts =
          lastStates.stream().map(states -> op.unsqueeze(states.get(each), 0)).toList();
      results.add(Operand.of(joined(op, 0, parts)));
    }
    return results;
  }

  private static Value joined(Operators op, int axis, List<Value> parts) {
    return parts.size() == 1 ? parts.getFirst() : op.concat(axis, parts);
  }

  private static void check(NodeReading node, RecurrentCell cell, Value sequence) {
    long length = sequence.shape().at(0);
    if (length == Shape.DYNAMIC) {
      throw node.refused(
          "its sequence has a length known only when run; export with a fixed length, or step by"
              + " step with the state as input and output");
    }
    boolean isWhole =
        !node.has(4)
            || node.whole(4)
                .map(lengths -> Arrays.stream(lengths.numbers()).allMatch(n -> n == length))
                .orElse(false);
    if (!isWhole) {
      throw node.refused("sequences end early; pad them and mask what stands behind their ends");
    }
    if (node.has(7)) {
      throw node.refused("it has peepholes; use an LSTM without them, as PyTorch's");
    }
    if (node.integer("layout", 0) != 0) {
      throw node.refused("it has its batch first; export with the time as first axis");
    }
    REFUSED.stream()
        .filter(node::hasAttribute)
        .filter(name -> node.integer(name, 1) != 0)
        .findFirst()
        .ifPresent(
            name -> {
              throw node.refused("it has " + name + "; use the layer without it, as PyTorch's");
            });
    List<String> wanted =
        Collections.nCopies(2, cell.activations()).stream().flatMap(List::stream).toList();
    List<String> given = activations(node);
    if (!given.equals(wanted.subList(0, given.size()))) {
      throw node.refused("its activations are " + given + "; use " + cell.activations());
    }
  }

  /**
   * One direction's weights.
   *
   * @param input (gates · width, input)
   * @param hidden (gates · width, width)
   * @param inputBias (gates · width)
   * @param hiddenBias (gates · width)
   */
  record Weights(Value input, Value hidden, Value inputBias, Value hiddenBias) {
    long width() {
      return hidden.shape().at(1);
    }
  }

  private static Weights weights(NodeReading node, int direction) {
    Operators op = node.op();
    Value input = of(op, node.value(1), direction);
    Value hidden = of(op, node.value(2), direction);
    long gates = input.shape().at(0);
    if (!node.has(3)) {
      Value zero = node.graph().constant(input.type(), new double[(int) gates], gates);
      return new Weights(input, hidden, zero, zero);
    }
    List<Value> biases = op.split(of(op, node.value(3), direction), 0, gates, gates);
    return new Weights(input, hidden, biases.get(0), biases.get(1));
  }

  /** The part of one direction: the first axis goes. */
  private static Value of(Operators op, Value all, int direction) {
    Value part = all.shape().at(0) == 1 ? all : op.slice(all, 0, direction, direction + 1L);
    return op.squeeze(part, 0);
  }

  /** Given states, or zeros; (batch, width) each. */
  private static List<Value> initial(
      NodeReading node, RecurrentCell cell, int direction, long width) {
    Operators op = node.op();
    List<Value> states = new ArrayList<>();
    for (int state = 0; state < cell.states(); state++) {
      if (node.has(5 + state)) {
        states.add(of(op, node.value(5 + state), direction));
      } else {
        Value first = op.squeeze(op.slice(node.value(0), 0, 0, 1), 0);
        Value column = op.zerosLike(op.slice(first, 1, 0, 1));
        states.add(op.expand(column, 1, width));
      }
    }
    return states;
  }

  /**
   * @param states replaced by the last ones
   * @return the outputs in the order of running, (1, batch, width) each
   */
  private static List<Value> run(
      Operators op,
      RecurrentCell cell,
      Weights weights,
      Value sequence,
      List<Value> states,
      boolean backwards) {
    long length = sequence.shape().at(0);
    Value rows = op.reshape(sequence, -1, sequence.shape().at(2));
    Value projected =
        op.reshape(
            op.gemm(rows, false, weights.input(), true, cell.bias(op, weights)),
            length,
            sequence.shape().at(1),
            weights.input().shape().at(0));
    List<Value> outputs = new ArrayList<>();
    for (long step = 0; step < length; step++) {
      long at = backwards ? length - 1 - step : step;
      Value now = op.squeeze(op.slice(projected, 0, at, at + 1), 0);
      List<Value> next = cell.step(op, weights, now, List.copyOf(states));
      states.clear();
      states.addAll(next);
      outputs.add(op.unsqueeze(next.getFirst(), 0));
    }
    return outputs;
  }
}
