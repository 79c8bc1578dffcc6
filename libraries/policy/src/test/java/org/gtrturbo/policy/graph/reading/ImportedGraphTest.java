package org.gtrturbo.policy.graph.reading;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.onnx.proto.OnnxMl;
import ai.onnxruntime.OnnxTensor;
import com.google.protobuf.ByteString;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.gtrturbo.policy.graph.DataType;
import org.gtrturbo.policy.graph.Elements;
import org.gtrturbo.policy.graph.Gradients;
import org.gtrturbo.policy.graph.Graph;
import org.gtrturbo.policy.graph.OnnxModel;
import org.gtrturbo.policy.graph.OnnxSession;
import org.gtrturbo.policy.graph.Operators;
import org.gtrturbo.policy.graph.Shape;
import org.gtrturbo.policy.graph.TestGraphs;
import org.gtrturbo.policy.graph.TestTensors;
import org.gtrturbo.policy.graph.UncoveredOperatorException;
import org.gtrturbo.policy.graph.Value;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What a file is read as: which tensors are parameters, what becomes of computations on shapes,
 * branches, dynamic dimensions; and what is refused, with the way round.
 */
final class ImportedGraphTest {
  private static final long DYNAMIC = Shape.DYNAMIC;

  /** A file of the nodes given, with the float input x and the output y. */
  private static final class File {
    private final OnnxMl.GraphProto.Builder graph =
        OnnxMl.GraphProto.newBuilder()
            .setName("test")
            .addOutput(OnnxMl.ValueInfoProto.newBuilder().setName("y"));
    private long opset = 18;

    static File of(long... shape) {
      File file = new File();
      OnnxMl.TensorShapeProto.Builder dimensions = OnnxMl.TensorShapeProto.newBuilder();
      for (long dimension : shape) {
        OnnxMl.TensorShapeProto.Dimension.Builder proto =
            OnnxMl.TensorShapeProto.Dimension.newBuilder();
        dimensions.addDim(dimension < 0 ? proto.setDimParam("n") : proto.setDimValue(dimension));
      }
      file.graph.addInput(
          OnnxMl.ValueInfoProto.newBuilder()
              .setName("x")
              .setType(
                  OnnxMl.TypeProto.newBuilder()
                      .setTensorType(
                          OnnxMl.TypeProto.Tensor.newBuilder()
                              .setElemType(DataType.FLOAT.onnxCode())
                              .setShape(dimensions))));
      return file;
    }

    File opset(long opset) {
      this.opset = opset;
      return this;
    }

    File node(String operator, List<String> inputs, String output) {
      return node(operator, inputs, List.of(output), Map.of());
    }

    File node(
        String operator,
        List<String> inputs,
        List<String> outputs,
        Map<String, Object> attributes) {
      graph.addNode(proto(operator, inputs, outputs, attributes));
      return this;
    }

    static OnnxMl.NodeProto.Builder proto(
        String operator,
        List<String> inputs,
        List<String> outputs,
        Map<String, Object> attributes) {
      OnnxMl.NodeProto.Builder node =
          OnnxMl.NodeProto.newBuilder()
              .setOpType(operator)
              .setName("my " + operator)
              .addAllInput(inputs)
              .addAllOutput(outputs);
      attributes.forEach((name, value) -> node.addAttribute(NodeCase.attribute(name, value)));
      return node;
    }

    File integers(String name, long... numbers) {
      return tensor(name, DataType.INT64, Elements.encode(numbers), numbers.length);
    }

    File integer(String name, long number) {
      return tensor(name, DataType.INT64, Elements.encode(new long[] {number}));
    }

    File floats(String name, double[] numbers, long... shape) {
      return tensor(name, DataType.FLOAT, Elements.encode(DataType.FLOAT, numbers), shape);
    }

    File tensor(String name, DataType type, byte[] bytes, long... shape) {
      OnnxMl.TensorProto.Builder tensor =
          OnnxMl.TensorProto.newBuilder()
              .setName(name)
              .setDataType(type.onnxCode())
              .setRawData(ByteString.copyFrom(bytes));
      for (long dimension : shape) {
        tensor.addDims(dimension);
      }
      graph.addInitializer(tensor);
      return this;
    }

    OnnxMl.ModelProto.Builder model() {
      return OnnxMl.ModelProto.newBuilder()
          .setIrVersion(8)
          .setGraph(graph)
          .addOpsetImport(OnnxMl.OperatorSetIdProto.newBuilder().setVersion(opset));
    }

    ImportedGraph read() {
      return OnnxGraphReader.read(model().build().toByteArray());
    }
  }

  /** Reads a vector's batch from its shape to give a tensor of (2, 3, 4) the shape (2, 12). */
  private static File flattening() {
    return File.of(DYNAMIC, 3, 4)
        .node("Shape", List.of("x"), "shape")
        .integer("first", 0)
        .node("Gather", List.of("shape", "first"), "batch")
        .integers("zero", 0)
        .node("Unsqueeze", List.of("batch", "zero"), "batches")
        .integers("rest", -1)
        .node("Concat", List.of("batches", "rest"), List.of("wanted"), Map.of("axis", 0))
        .node("Reshape", List.of("x", "wanted"), "y");
  }

  private static Value read(ImportedGraph imported, Graph graph, long... shape) {
    Value x = graph.input("x", graph.floatType(), shape);
    return imported.into(graph, Map.of("x", x), Map.of()).get("y");
  }

  @Test
  void computationsOnStaticShapesLeaveNothingInTheGraph() {
    Graph graph = new Graph(DataType.FLOAT);
    Value y = read(flattening().read(), graph, 2, 3, 4);

    assertThat(y.shape()).isEqualTo(Shape.of(2, 12));
    assertThat(TestGraphs.operators(graph)).containsExactly("Reshape");
  }

  @Test
  void aDimensionThatIsCopiedIntoAShapeStaysDynamicAndTheOthersBecomeKnown() {
    Graph graph = new Graph(DataType.FLOAT);
    Value y = read(flattening().read(), graph, DYNAMIC, 3, 4);

    assertThat(y.shape()).isEqualTo(Shape.of(DYNAMIC, 12));
    assertThat(TestGraphs.operators(graph)).containsExactly("Reshape");
  }

  @Test
  void aShapeThatIsComputedFromADynamicDimensionIsComputedWhenTheGraphRuns() {
    Graph graph = new Graph(DataType.FLOAT);
    File file =
        File.of(DYNAMIC, 3, 4)
            .node("Shape", List.of("x"), "shape")
            .integers("both", 0, 1)
            .node("Gather", List.of("shape", "both"), "two")
            .node("ReduceProd", List.of("two"), "rows")
            .integers("rest", -1)
            .node("Concat", List.of("rows", "rest"), List.of("wanted"), Map.of("axis", 0))
            .node("Reshape", List.of("x", "wanted"), "y");
    graph.output("y", read(file.read(), graph, DYNAMIC, 3, 4));

    assertThat(shapeWhenRun(graph, 24, 2, 3, 4)).containsExactly(6, 4);
  }

  /** n rows, times a factor where it is not 1, and what {@code rest} says. */
  private static File reshaping(File file, String input, long factor, String output, long... rest) {
    String name = output + " of ";
    return file.integers(name + "factor", factor)
        .node("Mul", List.of("rows", name + "factor"), name + "rows")
        .integers(name + "rest", rest)
        .node(
            "Concat",
            List.of(factor == 1 ? "rows" : name + "rows", name + "rest"),
            List.of(name + "shape"),
            Map.of("axis", 0))
        .node("Reshape", List.of(input, name + "shape"), output);
  }

  /** The batch of x as a vector of one number. */
  private static File batched(long... shape) {
    return File.of(shape)
        .node("Shape", List.of("x"), "whole shape")
        .integers("front", 0)
        .node("Gather", List.of("whole shape", "front"), "rows");
  }

  @Test
  void rowsThatWereFlattenedTogetherComeApartAgain() {
    File file =
        reshaping(
            batched(DYNAMIC, 12, 4)
                .integers("flat shape", -1, 4)
                .node("Reshape", List.of("x", "flat shape"), "flat")
                .node("Relu", List.of("flat"), "active"),
            "active",
            1,
            "y",
            -1,
            4);
    Graph graph = new Graph(DataType.FLOAT);
    Value y = read(file.read(), graph, DYNAMIC, 12, 4);
    graph.output("y", y);

    assertThat(y.shape()).isEqualTo(Shape.of(DYNAMIC, 12, 4));
    assertThat(shapeWhenRun(graph, 96, 2, 12, 4)).containsExactly(2, 12, 4);
  }

  @Test
  void partsOfAnObservationThatWereRowsOfTheirOwnComeTogetherAgain() {
    File file = reshaping(batched(DYNAMIC, 4, 6), "x", 4, "parts", 6);
    reshaping(file, "parts", 1, "y", 4, -1);
    Graph graph = new Graph(DataType.FLOAT);
    Value y = read(file.read(), graph, DYNAMIC, 4, 6);
    graph.output("y", y);

    assertThat(y.shape()).isEqualTo(Shape.of(DYNAMIC, 4, 6));
    assertThat(shapeWhenRun(graph, 48, 2, 4, 6)).containsExactly(2, 4, 6);
  }

  /** Of twice as many rows than the batch has, nothing is taken for granted. */
  @ParameterizedTest
  @ValueSource(strings = {"Concat", "Tile"})
  void whereItIsNotKnownHowLongADimensionIsTheShapeIsComputedWhenTheGraphRuns(String operator) {
    File file = batched(DYNAMIC, 3).integers("twice", 2, 1);
    if (operator.equals("Concat")) {
      file.node("Concat", List.of("x", "x"), List.of("longer"), Map.of("axis", 0));
    } else {
      file.node("Tile", List.of("x", "twice"), "longer");
    }
    reshaping(file, "longer", 1, "y", -1, 3);
    Graph graph = new Graph(DataType.FLOAT);
    graph.output("y", read(file.read(), graph, DYNAMIC, 3));

    assertThat(shapeWhenRun(graph, 15, 5, 3)).containsExactly(5, 2, 3);
  }

  private static long[] shapeWhenRun(Graph graph, int elements, long... shape) {
    try (OnnxTensor x = TestTensors.of(DataType.FLOAT, new double[elements], shape);
        OnnxSession session = OnnxSession.open(OnnxModel.write(graph, "test", Map.of()), 1);
        OnnxSession.Outputs outputs = session.run(Map.of("x", x))) {
      return outputs.tensor("y").getInfo().getShape();
    }
  }

  @Test
  void floatingInitializersAreParametersButStatisticsOfBatchNormalisationAndIntegersAreNot() {
    ImportedGraph imported =
        File.of(2, 3)
            .floats("scale", new double[] {1, 2, 3}, 3)
            .floats("bias", new double[3], 3)
            .floats("mean", new double[3], 3)
            .floats("variance", new double[] {1, 1, 1}, 3)
            .integers("unused", 4)
            .node("BatchNormalization", List.of("x", "scale", "bias", "mean", "variance"), "y")
            .read();

    assertThat(imported.parameterShapes())
        .containsExactly(Map.entry("scale", Shape.of(3)), Map.entry("bias", Shape.of(3)));
    assertThat(imported.parameters().getFirst().contents()).containsExactly(1, 2, 3);
    assertThat(imported.inputs())
        .containsExactly(new ImportedGraph.Port("x", DataType.FLOAT, Shape.of(2, 3)));
    assertThat(imported.outputs()).containsExactly("y");
  }

  /** Were they parameters, nothing would be known of them where the node is written. */
  @Test
  void whatPicturesAreResizedToIsNoParameterNotEvenWhereABranchResizesThem() {
    OnnxMl.GraphProto resized =
        branch("Resize", List.of("x", "area", "inside"), Map.of("mode", "nearest"));
    ImportedGraph imported =
        File.of(1, 1, 2, 2)
            .floats("area", new double[0], 0)
            .floats("inside", new double[] {1, 1, 2, 1}, 4)
            .floats("outside", new double[] {1, 1, 1, 2}, 4)
            .floats("factor", new double[] {3}, 1)
            .tensor("yes", DataType.BOOL, new byte[] {1})
            .node("If", List.of("yes"), List.of("high"), branches(resized, resized))
            .node(
                "Resize",
                List.of("high", "area", "outside"),
                List.of("large"),
                Map.of("mode", "nearest"))
            .node("Mul", List.of("large", "factor"), "y")
            .read();
    Graph graph = new Graph(DataType.FLOAT);
    graph.output("y", read(imported, graph, 1, 1, 2, 2));

    assertThat(imported.parameterShapes()).containsExactly(Map.entry("factor", Shape.of(1)));
    assertThat(run(graph, new double[] {1, 2, 3, 4}, 1, 1, 2, 2))
        .containsExactly(3, 3, 6, 6, 3, 3, 6, 6, 9, 9, 12, 12, 9, 9, 12, 12);
  }

  @ParameterizedTest
  @CsvSource({"scales, 1", "sizes, 2"})
  void resizingToWhatIsKnownOnlyWhenRunIsRefused(String what, int leftOut) {
    List<String> operands = new ArrayList<>(List.of("x"));
    operands.addAll(Collections.nCopies(leftOut, ""));
    operands.add("flat");
    ImportedGraph imported =
        File.of(1, 1, 2, 2)
            .integers("four", 4)
            .node("Reshape", List.of("x", "four"), "flat")
            .node("Resize", operands, List.of("y"), Map.of("mode", "nearest"))
            .read();

    assertThatThrownBy(() -> read(imported, new Graph(DataType.FLOAT), 1, 1, 2, 2))
        .isInstanceOf(UncoveredOperatorException.class)
        .hasMessageContaining("Resize (\"my Resize\", node 2 of 2)")
        .hasMessageContaining("its " + what + " are known only when the model runs")
        .hasMessageContaining("onnx.constants");
  }

  /** A size of {@code of}'s batch, and the sizes of two axes; what x is resized to. */
  private static File resizedTo(File file, String of, long... behind) {
    return file.node("Shape", List.of(of), "its shape")
        .integers("first", 0)
        .node("Gather", List.of("its shape", "first"), "its rows")
        .integers("behind", behind)
        .node("Concat", List.of("its rows", "behind"), List.of("sizes"), Map.of("axis", 0))
        .node("Resize", List.of("x", "", "", "sizes"), List.of("y"), Map.of("mode", "nearest"));
  }

  @Test
  void aBatchThatIsCopiedIntoTheSizesOfAPictureStaysAsLongAsItIs() {
    File file = reshaping(resizedTo(batched(DYNAMIC, 2, 2), "x", 4, 2), "y", 1, "z", 8);
    file.graph.setOutput(0, OnnxMl.ValueInfoProto.newBuilder().setName("z"));
    Graph graph = new Graph(DataType.FLOAT);
    Value x = graph.input("x", DataType.FLOAT, DYNAMIC, 2, 2);
    Value z = file.read().into(graph, Map.of("x", x), Map.of()).get("z");
    graph.output("y", z);

    assertThat(z.shape()).isEqualTo(Shape.of(DYNAMIC, 8));
    assertThat(run(graph, new double[] {1, 2, 3, 4, 5, 6, 7, 8}, 2, 2, 2))
        .containsExactly(1, 2, 1, 2, 3, 4, 3, 4, 5, 6, 5, 6, 7, 8, 7, 8);
  }

  @Test
  void aDynamicAxisIsNotResized() {
    File twice =
        resizedTo(
            File.of(DYNAMIC, 2, 2)
                .node("Concat", List.of("x", "x"), List.of("long"), Map.of("axis", 0)),
            "long",
            2,
            2);
    File fixed =
        File.of(DYNAMIC, 2, 2)
            .integers("sizes", 3, 2, 2)
            .node("Resize", List.of("x", "", "", "sizes"), List.of("y"), Map.of("mode", "nearest"));
    File scaled =
        File.of(DYNAMIC, 2, 2)
            .floats("scales", new double[] {2, 1, 1}, 3)
            .node("Resize", List.of("x", "", "scales"), List.of("y"), Map.of("mode", "nearest"));

    for (File sized : List.of(twice, fixed)) {
      assertThatThrownBy(() -> read(sized.read(), new Graph(DataType.FLOAT), DYNAMIC, 2, 2))
          .isInstanceOf(UncoveredOperatorException.class)
          .hasMessageContaining("its size of the dynamic axis 0 is not certain");
    }
    assertThatThrownBy(() -> read(scaled.read(), new Graph(DataType.FLOAT), DYNAMIC, 2, 2))
        .isInstanceOf(UncoveredOperatorException.class)
        .hasMessageContaining("it resizes the dynamic axis 0 by 2.0");
  }

  @Test
  void aParameterThatIsGivenIsTrainedAndOneThatIsNotIsWrittenAsItStandsInTheFile() {
    ImportedGraph imported =
        File.of(2)
            .floats("factor", new double[] {3}, 1)
            .floats("term", new double[] {5}, 1)
            .node("Mul", List.of("x", "factor"), "product")
            .node("Add", List.of("product", "term"), "y")
            .read();
    Graph graph = new Graph(DataType.DOUBLE);
    Value x = graph.input("x", DataType.DOUBLE, 2);
    Value factor = graph.input("factor", DataType.DOUBLE, 1);
    Value y = imported.into(graph, Map.of("x", x), Map.of("factor", factor)).get("y");
    Value sum = graph.operators().sum(y);
    graph.output("sum", sum);
    graph.output("gradient", Gradients.of(graph, sum, List.of(factor)).getFirst());

    try (OnnxTensor numbers = TestTensors.of(DataType.DOUBLE, new double[] {1, 2}, 2);
        OnnxTensor seven = TestTensors.of(DataType.DOUBLE, new double[] {7}, 1);
        OnnxSession session = OnnxSession.open(OnnxModel.write(graph, "test", Map.of()), 1);
        OnnxSession.Outputs outputs = session.run(Map.of("x", numbers, "factor", seven))) {
      assertThat(outputs.doubles("sum")).containsExactly(7 + 5 + 14 + 5);
      assertThat(outputs.doubles("gradient")).containsExactly(3);
    }
  }

  @ParameterizedTest
  @CsvSource({"3, 6", "4, 4"})
  void aBranchThatLooksAtStaticDimensionsIsTakenBeforeRunning(long length, long wanted) {
    OnnxMl.GraphProto doubled = branch("Concat", List.of("x", "x"), Map.of("axis", 0));
    OnnxMl.GraphProto kept = branch("Identity", List.of("x"), Map.of());
    ImportedGraph imported =
        File.of(DYNAMIC)
            .node("Shape", List.of("x"), "shape")
            .integers("three", 3)
            .node("Equal", List.of("shape", "three"), "isThree")
            .node(
                "If",
                List.of("isThree"),
                List.of("y"),
                Map.of("then_branch", doubled, "else_branch", kept))
            .read();
    Graph graph = new Graph(DataType.FLOAT);

    assertThat(read(imported, graph, length).shape()).isEqualTo(Shape.of(wanted));
    assertThatThrownBy(() -> read(imported, new Graph(DataType.FLOAT), DYNAMIC))
        .isInstanceOf(UncoveredOperatorException.class)
        .hasMessageContaining("If (\"my If\", node 3 of 3)")
        .hasMessageContaining("Where");
  }

  private static OnnxMl.GraphProto branch(
      String operator, List<String> inputs, Map<String, Object> attributes) {
    return OnnxMl.GraphProto.newBuilder()
        .setName("branch")
        .addNode(File.proto(operator, inputs, List.of("branched"), attributes))
        .addOutput(OnnxMl.ValueInfoProto.newBuilder().setName("branched"))
        .build();
  }

  /** The remainder has the sign of the divisor, or by fmod that of the dividend. */
  @ParameterizedTest
  @CsvSource({"0, 2", "1, -1"})
  void aRemainderOfKnownIntegersIsTakenAsItsFmodSays(long fmod, long wanted) {
    File file =
        File.of(6)
            .integer("dividend", -7)
            .integer("divisor", 3)
            .node("Mod", List.of("dividend", "divisor"), List.of("rest"), Map.of("fmod", fmod))
            .node("Cast", List.of("rest"), List.of("number"), Map.of("to", 1))
            .node("Add", List.of("x", "number"), "y");
    Graph graph = new Graph(DataType.FLOAT);
    graph.output("y", read(file.read(), graph, 6));

    assertThat(TestGraphs.operators(graph)).doesNotContain("Mod");
    assertThat(run(graph, new double[6], 6)).containsOnly(wanted);
  }

  @ParameterizedTest
  @ValueSource(strings = {"Div", "Mod"})
  void aDivisionByAKnownZeroIsLeftToTheGraph(String operator) {
    File file =
        File.of(6)
            .integer("dividend", 7)
            .integer("divisor", 0)
            .node(operator, List.of("dividend", "divisor"), "rest")
            .node("Cast", List.of("rest"), List.of("number"), Map.of("to", 1))
            .node("Add", List.of("x", "number"), "y");
    Graph graph = new Graph(DataType.FLOAT);
    read(file.read(), graph, 6);

    assertThat(TestGraphs.operators(graph)).contains(operator);
  }

  /** Minus one counts from the end of its own axis: of one that is dynamic too. */
  @Test
  void negativeIndicesOfSeveralAxesCountFromTheEndOfEach() {
    File file =
        File.of(DYNAMIC, 3)
            .tensor("places", DataType.INT64, Elements.encode(new long[] {0, -1, -1, -2}), 2, 2)
            .node("GatherND", List.of("x", "places"), "picked")
            .node("ScatterND", List.of("x", "places", "picked"), "same")
            .floats("ten", new double[] {10, 20}, 2)
            .node("ScatterND", List.of("same", "places", "ten"), "placed")
            .integers("whole", -1)
            .node("Reshape", List.of("placed", "whole"), "flat")
            .node("Concat", List.of("picked", "flat"), List.of("y"), Map.of("axis", 0));
    Graph graph = new Graph(DataType.FLOAT);
    graph.output("y", read(file.read(), graph, DYNAMIC, 3));

    assertThat(run(graph, new double[] {1, 2, 3, 4, 5, 6}, 2, 3))
        .containsExactly(3, 5, 1, 2, 10, 4, 20, 6);
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2})
  void aVectorOfZerosStaysOneWhereItIsNormalisedAndHasNoGradient(long p) {
    ImportedGraph imported =
        File.of(2, 2)
            .node("LpNormalization", List.of("x"), List.of("y"), Map.of("p", p, "axis", 1))
            .read();
    Graph graph = new Graph(DataType.FLOAT);
    Operators op = graph.operators();
    Value x = graph.input("x", DataType.FLOAT, 2, 2);
    Value y = imported.into(graph, Map.of("x", x), Map.of()).get("y");
    Value first = op.sum(op.slice(y, 1, 0, 1));
    Value gradient = Gradients.of(graph, first, List.of(x)).getFirst();
    graph.output("y", op.concat(0, y, gradient));

    double size = p == 1 ? 7 : 5;
    double ofFirst = p == 1 ? 4 / 49.0 : 16 / 125.0;
    double ofSecond = p == 1 ? -3 / 49.0 : -12 / 125.0;
    assertThat(run(graph, new double[] {0, 0, 3, 4}, 2, 2))
        .containsExactly(
            new double[] {0, 0, 3 / size, 4 / size, 0, 0, ofFirst, ofSecond}, within(1e-6));
  }

  @Test
  void branchesMayGiveTheSameNameToTensorsOfTheirOwn() {
    File file =
        File.of(2)
            .tensor("yes", DataType.BOOL, new byte[] {1})
            .node("If", List.of("yes"), List.of("a"), branches(shifting(1), shifting(2)))
            .tensor("no", DataType.BOOL, new byte[] {0})
            .node("If", List.of("no"), List.of("b"), branches(shifting(4), shifting(8)))
            .node("Add", List.of("a", "b"), "y");
    Graph graph = new Graph(DataType.FLOAT);
    graph.output("y", read(file.read(), graph, 2));

    assertThat(run(graph, new double[] {3, 5}, 2)).containsExactly(3 + 1 + 3 + 8, 5 + 1 + 5 + 8);
  }

  private static Map<String, Object> branches(OnnxMl.GraphProto then, OnnxMl.GraphProto otherwise) {
    return Map.of("then_branch", then, "else_branch", otherwise);
  }

  /** Adds to x a number that it calls "term", as its result is called "branched". */
  private static OnnxMl.GraphProto shifting(float term) {
    return branch("Add", List.of("x", "term"), Map.of()).toBuilder()
        .addInitializer(
            OnnxMl.TensorProto.newBuilder()
                .setName("term")
                .setDataType(DataType.FLOAT.onnxCode())
                .addFloatData(term))
        .build();
  }

  private static double[] run(Graph graph, double[] numbers, long... shape) {
    try (OnnxTensor x = TestTensors.of(DataType.FLOAT, numbers, shape);
        OnnxSession session = OnnxSession.open(OnnxModel.write(graph, "test", Map.of()), 1);
        OnnxSession.Outputs outputs = session.run(Map.of("x", x))) {
      return TestTensors.numbers(outputs.tensor("y"));
    }
  }

  @Test
  void constantsComeAsTensorsNumbersAndLists() {
    OnnxMl.TensorProto tensor =
        OnnxMl.TensorProto.newBuilder()
            .setDataType(OnnxMl.TensorProto.DataType.INT32_VALUE)
            .addDims(2)
            .addInt32Data(2)
            .addInt32Data(-1)
            .build();
    ImportedGraph imported =
        File.of(6)
            .node("Constant", List.of(), List.of("shape"), Map.of("value", tensor))
            .node("Cast", List.of("shape"), List.of("wide"), Map.of("to", 7))
            .node("Reshape", List.of("x", "wide"), "matrix")
            .node("Constant", List.of(), List.of("factor"), Map.of("value_float", 2.0))
            .node("Mul", List.of("matrix", "factor"), "doubled")
            .node("Constant", List.of(), List.of("axes"), Map.of("value_ints", new long[] {1}))
            .node("ReduceSum", List.of("doubled", "axes"), "y")
            .read();

    assertThat(read(imported, new Graph(DataType.FLOAT), 6).shape()).isEqualTo(Shape.of(2, 1));
    assertThat(imported.parameters()).isEmpty();
  }

  @Test
  void aModelIsWrittenIntoTheBodyOfALoop() {
    ImportedGraph imported =
        File.of(DYNAMIC)
            .floats("factor", new double[] {3}, 1)
            .node("Mul", List.of("x", "factor"), "y")
            .read();
    Graph graph = new Graph(DataType.FLOAT);
    Value x = graph.input("x", DataType.FLOAT, 2);
    Operators.LoopResult result =
        graph
            .operators()
            .loop(
                graph.integer(4),
                List.of(x),
                List.of(Shape.of(2)),
                (body, _, state) -> {
                  Value y = imported.into(body, Map.of("x", state.getFirst()), Map.of()).get("y");
                  Value goOn = body.constant(DataType.BOOL, new double[] {1});
                  return new Operators.LoopStep(goOn, List.of(y), List.of());
                });
    graph.output("y", result.state().getFirst());

    try (OnnxTensor numbers = TestTensors.of(DataType.FLOAT, new double[] {1, 2}, 2);
        OnnxSession session = OnnxSession.open(OnnxModel.write(graph, "test", Map.of()), 1);
        OnnxSession.Outputs outputs = session.run(Map.of("x", numbers))) {
      assertThat(outputs.floats("y")).containsExactly(81, 162);
    }
  }

  @Test
  void anUncoveredOperatorIsRefusedByNameNodeAndPlaceWithTheWayRound() {
    ImportedGraph imported =
        File.of(3).node("Exp", List.of("x"), "e").node("NonZero", List.of("e"), "y").read();

    assertThatThrownBy(() -> read(imported, new Graph(DataType.FLOAT), 3))
        .isInstanceOf(UncoveredOperatorException.class)
        .hasMessageContaining("NonZero (\"my NonZero\", node 2 of 2)")
        .hasMessageContaining("use a mask and Where");
  }

  @Test
  void anOperatorThatNothingReadsDoesNoHarm() {
    ImportedGraph imported =
        File.of(3).node("NonZero", List.of("x"), "unread").node("Exp", List.of("x"), "y").read();

    assertThat(read(imported, new Graph(DataType.FLOAT), 3).shape()).isEqualTo(Shape.of(3));
  }

  @Test
  void anOperatorOutsideOfTheStandardIsRefusedByItsDomain() {
    File file = File.of(3);
    file.graph.addNode(
        File.proto("FastGelu", List.of("x"), List.of("y"), Map.of()).setDomain("com.microsoft"));

    assertThatThrownBy(() -> read(file.read(), new Graph(DataType.FLOAT), 3))
        .hasMessageContaining("com.microsoft.FastGelu")
        .hasMessageContaining("before any runtime's optimizer");
  }

  @Test
  void aRecurrentLayerOverASequenceOfDynamicLengthIsRefused() {
    double[] weights = new SplittableRandom(1).doubles(12, -1, 1).toArray();
    ImportedGraph imported =
        File.of(DYNAMIC, 1, 2)
            .floats("w", weights, 1, 6, 2)
            .floats("r", weights, 1, 6, 2)
            .node(
                "GRU",
                List.of("x", "w", "r"),
                List.of("y"),
                Map.of("hidden_size", 2, "linear_before_reset", 1))
            .read();

    assertThatThrownBy(() -> read(imported, new Graph(DataType.FLOAT), DYNAMIC, 1, 2))
        .isInstanceOf(UncoveredOperatorException.class)
        .hasMessageContaining("GRU")
        .hasMessageContaining("fixed length");
  }

  @ParameterizedTest
  @ValueSource(longs = {16, 22})
  void anotherOperatorSetIsRefused(long opset) {
    File file = File.of(3).opset(opset).node("Exp", List.of("x"), "y");

    assertThatThrownBy(file::read)
        .isInstanceOf(UnreadableModelException.class)
        .hasMessageContaining("operator set " + opset)
        .hasMessageContaining("opset_version from 17 to 21");
  }

  @Test
  void tensorsInOtherFilesAreRefused() {
    File file = File.of(3).node("Add", List.of("x", "w"), "y");
    file.graph.addInitializer(
        OnnxMl.TensorProto.newBuilder()
            .setName("w")
            .addDims(3)
            .setDataType(DataType.FLOAT.onnxCode())
            .setDataLocation(OnnxMl.TensorProto.DataLocation.EXTERNAL));

    assertThatThrownBy(file::read)
        .isInstanceOf(UnreadableModelException.class)
        .hasMessageContaining("tensor w lies outside the file");
  }

  @Test
  void halfPrecisionIsRefused() {
    File file = File.of(3).node("Add", List.of("x", "w"), "y");
    file.graph.addInitializer(
        OnnxMl.TensorProto.newBuilder()
            .setName("w")
            .addDims(1)
            .setDataType(OnnxMl.TensorProto.DataType.FLOAT16_VALUE)
            .setRawData(ByteString.copyFrom(new byte[2])));

    assertThatThrownBy(file::read)
        .isInstanceOf(UnreadableModelException.class)
        .hasMessageContaining("tensor w has the element type FLOAT16")
        .hasMessageContaining("float32");
  }

  @Test
  void bytesThatAreNoModelAreRefused() {
    assertThatThrownBy(() -> OnnxGraphReader.read(new byte[] {1, 2, 3}))
        .isInstanceOf(UnreadableModelException.class);
  }

  @Test
  void anInputThatDoesNotFitIsRefusedByName() {
    ImportedGraph imported = File.of(1, 3).node("Exp", List.of("x"), "y").read();

    assertThatThrownBy(() -> read(imported, new Graph(DataType.FLOAT), 5, 3))
        .isInstanceOf(UnreadableModelException.class)
        .hasMessageContaining("input x of the model has shape (1×3)")
        .hasMessageContaining("dynamic_axes");
    assertThatThrownBy(() -> imported.into(new Graph(DataType.FLOAT), Map.of(), Map.of()))
        .hasMessageContaining("input x of the model is not given");
  }

  @Test
  void aNodeThatMakesNoSenseIsNamed() {
    ImportedGraph imported =
        File.of(2, 3)
            .floats("w", new double[8], 4, 2)
            .node("MatMul", List.of("x", "w"), "y")
            .read();

    assertThatThrownBy(() -> read(imported, new Graph(DataType.FLOAT), 2, 3))
        .isInstanceOf(UnreadableModelException.class)
        .hasMessageContaining("MatMul (\"my MatMul\", node 1 of 1)")
        .hasMessageContaining("inner dimensions differ");
  }
}
