package org.gtrturbo.policy.graph.reading;

import java.util.Arrays;
import java.util.List;
import org.gtrturbo.policy.graph.Operators;
import org.gtrturbo.policy.graph.Value;

/** One step of a recurrent layer, with the gates in ONNX's order. */
sealed interface RecurrentCell {

  /** How many tensors the state is made of; the first one is the output. */
  int states();

  /** Names of the activations of one direction. */
  List<String> activations();

  /** What is added to the projection of all inputs at once. */
  Value bias(Operators op, RecurrentReading.Weights weights);

  /**
   * @param projected the input's part of all gates, (batch, gates · width)
   * @param states (batch, width) each
   * @return the next states
   */
  List<Value> step(
      Operators op, RecurrentReading.Weights weights, Value projected, List<Value> states);

  private static List<Value> gates(Operators op, Value all, long width) {
    long[] sizes = new long[(int) (all.shape().at(1) / width)];
    Arrays.fill(sizes, width);
    return op.split(all, 1, sizes);
  }

  /** Gates input, output, forget, cell (Hochreiter and Schmidhuber, "Long short-term memory"). */
  record Lstm() implements RecurrentCell {
    @Override
    public int states() {
      return 2;
    }

    @Override
    public List<String> activations() {
      return List.of("Sigmoid", "Tanh", "Tanh");
    }

    @Override
    public Value bias(Operators op, RecurrentReading.Weights weights) {
      return op.add(weights.inputBias(), weights.hiddenBias());
    }

    @Override
    public List<Value> step(
        Operators op, RecurrentReading.Weights weights, Value projected, List<Value> states) {
      Value all = op.gemm(states.get(0), false, weights.hidden(), true, projected);
      List<Value> gates = gates(op, all, weights.width());
      Value kept = op.multiply(op.sigmoid(gates.get(2)), states.get(1));
      Value taken = op.multiply(op.sigmoid(gates.get(0)), op.tanh(gates.get(3)));
      Value cell = op.add(kept, taken);
      return List.of(op.multiply(op.sigmoid(gates.get(1)), op.tanh(cell)), cell);
    }
  }

  /**
   * Gates update, reset, hidden (Cho et al., "Learning phrase representations").
   *
   * @param linearBeforeReset whether the reset gate meets the state after its product, as in
   *     PyTorch
   */
  record Gru(boolean linearBeforeReset) implements RecurrentCell {
    @Override
    public int states() {
      return 1;
    }

    @Override
    public List<String> activations() {
      return List.of("Sigmoid", "Tanh");
    }

    @Override
    public Value bias(Operators op, RecurrentReading.Weights weights) {
      return weights.inputBias();
    }

    @Override
    public List<Value> step(
        Operators op, RecurrentReading.Weights weights, Value projected, List<Value> states) {
      long width = weights.width();
      Value state = states.getFirst();
      List<Value> inputs = gates(op, projected, width);
      Value update;
      Value reset;
      Value candidate;
      if (linearBeforeReset) {
        Value all = op.gemm(state, false, weights.hidden(), true, weights.hiddenBias());
        List<Value> hidden = gates(op, all, width);
        update = op.sigmoid(op.add(inputs.get(0), hidden.get(0)));
        reset = op.sigmoid(op.add(inputs.get(1), hidden.get(1)));
        candidate = op.tanh(op.add(inputs.get(2), op.multiply(reset, hidden.get(2))));
      } else {
        List<Value> rows = op.split(weights.hidden(), 0, 2 * width, width);
        List<Value> biases = op.split(weights.hiddenBias(), 0, 2 * width, width);
        Value both = op.gemm(state, false, rows.get(0), true, biases.get(0));
        List<Value> hidden = gates(op, both, width);
        update = op.sigmoid(op.add(inputs.get(0), hidden.get(0)));
        reset = op.sigmoid(op.add(inputs.get(1), hidden.get(1)));
        Value through = op.gemm(op.multiply(reset, state), false, rows.get(1), true, biases.get(1));
        candidate = op.tanh(op.add(inputs.get(2), through));
      }
      Value change = op.multiply(update, op.subtract(state, candidate));
      return List.of(op.add(candidate, change));
    }
  }

  /** One gate (Elman, "Finding structure in time"). */
  record Elman(boolean isRelu) implements RecurrentCell {
    @Override
    public int states() {
      return 1;
    }

    @Override
    public List<String> activations() {
      return List.of(isRelu ? "Relu" : "Tanh");
    }

    @Override
    public Value bias(Operators op, RecurrentReading.Weights weights) {
      return op.add(weights.inputBias(), weights.hiddenBias());
    }

    @Override
    public List<Value> step(
        Operators op, RecurrentReading.Weights weights, Value projected, List<Value> states) {
      Value all = op.gemm(states.getFirst(), false, weights.hidden(), true, projected);
      return List.of(isRelu ? op.relu(all) : op.tanh(all));
    }
  }
}
