package org.gtrturbo.policy.graph;

import static org.assertj.core.api.Assertions.assertThat;

import ai.onnxruntime.OnnxTensor;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Loops compute before they begin what is alike in every turn. */
final class LoopTest {

  @Test
  void whatIsAlikeInEveryTurnIsComputedBeforeTheLoopAndTheRestInIt() {
    Graph graph = new Graph(DataType.FLOAT);
    Operators op = graph.operators();
    Value by = graph.input("by", DataType.FLOAT, 2);
    var result =
        op.loop(
            graph.integer(3),
            List.of(by),
            List.of(by.shape()),
            (body, turn, state) -> {
              Operators in = body.operators();
              Value alike = in.add(in.square(by), 5);
              Value constant = in.add(body.scalar(1), 1);
              Value grown = in.add(in.multiply(state.getFirst(), constant), alike);
              Value number = in.cast(turn, DataType.FLOAT);
              return new Operators.LoopStep(
                  body.constant(DataType.BOOL, new double[] {1}),
                  List.of(grown),
                  List.of(in.sum(in.add(in.square(by), number))));
            });
    graph.output("grown", result.state().getFirst());
    graph.output("recorded", result.recorded().getFirst());

    // The second square is the first one over again, for ONNX Runtime to find out.
    assertThat(TestGraphs.operators(graph))
        .containsExactly("Mul", "Add", "Mul", "Loop", "Identity", "Identity");
    try (OnnxSession session = OnnxSession.open(OnnxModel.write(graph, "loop", Map.of()), 1);
        OnnxTensor input = TestTensors.of(DataType.FLOAT, new double[] {1, 2}, 2);
        OnnxSession.Outputs outputs = session.run(Map.of("by", input))) {
      // x → 2 x + by² + 5, three times from by.
      assertThat(outputs.floats("grown")).containsExactly(50, 79);
      assertThat(outputs.floats("recorded")).containsExactly(5, 7, 9);
    }
  }

  @Test
  void whatAnInnerLoopNeedsOfTheOuterOnesTurnStaysThere() {
    Graph graph = new Graph(DataType.FLOAT);
    Operators op = graph.operators();
    Value by = graph.input("by", DataType.FLOAT);
    var result =
        op.loop(
            graph.integer(2),
            List.of(by),
            List.of(by.shape()),
            (body, _, state) -> {
              Value before = state.getFirst();
              var inner =
                  body.operators()
                      .loop(
                          body.integer(2),
                          List.of(before),
                          List.of(before.shape()),
                          (within, _, sum) -> {
                            Operators in = within.operators();
                            Value alike = in.multiply(in.square(by), in.square(before));
                            return new Operators.LoopStep(
                                within.constant(DataType.BOOL, new double[] {1}),
                                List.of(in.add(sum.getFirst(), alike)),
                                List.of());
                          });
              return new Operators.LoopStep(
                  body.constant(DataType.BOOL, new double[] {1}), inner.state(), List.of());
            });
    graph.output("sum", result.state().getFirst());

    assertThat(TestGraphs.operators(graph)).containsExactly("Mul", "Loop", "Identity");
    try (OnnxSession session = OnnxSession.open(OnnxModel.write(graph, "loops", Map.of()), 1);
        OnnxTensor input = TestTensors.of(DataType.FLOAT, new double[] {1});
        OnnxSession.Outputs outputs = session.run(Map.of("by", input))) {
      // x → x + 2 by² x², twice from 1: 3, then 21.
      assertThat(outputs.floats("sum")).containsExactly(21);
    }
  }
}
