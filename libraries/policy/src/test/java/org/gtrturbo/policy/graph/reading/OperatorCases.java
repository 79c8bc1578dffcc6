package org.gtrturbo.policy.graph.reading;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;

/** For each operator that is read, nodes that use it in its various forms, over random shapes. */
final class OperatorCases {
  /** Operators that a model of one node says little about; see ImportedGraphTest. */
  static final Set<String> TESTED_ELSEWHERE = Set.of("Constant", "If", "Shape", "Size");

  private final List<NodeCase> cases = new ArrayList<>();
  private final long a;
  private final long b;
  private final long c;

  private OperatorCases(SplittableRandom random) {
    a = random.nextInt(2, 4);
    b = random.nextInt(2, 5);
    c = random.nextInt(3, 6);
  }

  static List<NodeCase> of(SplittableRandom random) {
    OperatorCases all = new OperatorCases(random);
    all.arithmetic();
    all.functions();
    all.activations();
    all.choices();
    all.reductions();
    all.products();
    all.normalizations();
    all.shapes();
    all.cuts();
    all.indices();
    all.cases.addAll(WindowCases.of(random));
    all.cases.addAll(RecurrentCases.of(random));
    return all.cases;
  }

  private NodeCase add(NodeCase each) {
    cases.add(each);
    return each;
  }

  private static long[] s(long... shape) {
    return shape;
  }

  private void arithmetic() {
    for (String operator : List.of("Add", "Sub", "Mul", "Min", "Max", "Sum", "Mean")) {
      add(NodeCase.of(operator, "of equals").input(a, b, c).input(a, b, c));
      add(NodeCase.of(operator, "broadcasting both").input(b, 1).input(a, 1, c));
      add(NodeCase.of(operator, "with a scalar").input(a, b).input());
    }
    add(NodeCase.of("Div", "broadcasting").input(a, b, c).input(b, 1).from(0.5, 2));
    for (String operator : List.of("Min", "Max", "Sum", "Mean")) {
      add(NodeCase.of(operator, "of one").input(a, b));
      add(NodeCase.of(operator, "of three").input(a, b).input(b).input(a, 1));
    }
    add(NodeCase.of("Pow", "by a tensor").input(a, b, c).input(c).from(0.5, 2));
    for (double exponent : new double[] {0, 1, 2, 3, 4, 0.5, -0.5, -1, 2.5}) {
      add(NodeCase.of("Pow", "by " + exponent).input(a, b).scalar(exponent).from(0.5, 2));
    }
    add(NodeCase.of("Pow", "of negatives").input(a, b).scalar(4));
    add(NodeCase.of("Pow", "by an integer").input(a, b).integersOf(new long[] {2}));
    add(NodeCase.of("Mod").input(a, b).scalar(0.7).with("fmod", 1).stopped());
    add(NodeCase.of("Clip", "both").input(a, b, c).scalar(-0.5).scalar(0.7));
    add(NodeCase.of("Clip", "above").input(a, b, c).without().scalar(0.7));
    add(NodeCase.of("Clip", "below").input(a, b, c).scalar(-0.3));
  }

  private void functions() {
    for (String operator :
        List.of(
            "Neg",
            "Abs",
            "Exp",
            "Sin",
            "Cos",
            "Sinh",
            "Cosh",
            "Tanh",
            "Sigmoid",
            "Relu",
            "Erf",
            "Identity",
            "Dropout")) {
      add(NodeCase.of(operator).input(a, b, c));
    }
    add(NodeCase.of("Erf", "far out").input(a, b, c).from(-5, 5));
    add(NodeCase.of("Tan").input(a, b).from(-1, 1));
    for (String operator : List.of("Log", "Sqrt", "Reciprocal")) {
      add(NodeCase.of(operator).input(a, b).from(0.5, 2));
    }
    for (String operator : List.of("Sign", "Floor", "Ceil", "Round", "IsNaN", "IsInf")) {
      add(NodeCase.of(operator).input(a, b).stopped());
    }
    add(NodeCase.of("Cast").input(a, b).with("to", 1));
    add(NodeCase.of("Cast", "to integers").input(a, b).with("to", 7).stopped());
    add(NodeCase.of("Cast", "to booleans").input(a, b).with("to", 9).stopped());
    add(NodeCase.of("CastLike").input(a, b).scalar(0));
    for (String operator : List.of("Equal", "Less", "LessOrEqual", "Greater", "GreaterOrEqual")) {
      add(NodeCase.of(operator).input(a, b).input(b).stopped());
    }
    double[] bits = {1, 0, 0, 1};
    for (String operator : List.of("And", "Or", "Xor")) {
      add(NodeCase.of(operator).booleans(bits, 2, 2).booleans(new double[] {1, 0}, 2).stopped());
    }
    add(NodeCase.of("Not").booleans(bits, 4).stopped());
    add(NodeCase.of("Range").integersOf(s(2)).integersOf(s(11)).integersOf(s(3)).stopped());
    add(NodeCase.of("Range", "of floats").scalar(0.5).scalar(3).scalar(0.5).stopped());
    add(NodeCase.of("ConstantOfShape").integers(a, b).stopped());
    add(NodeCase.of("EyeLike").input(b, c).with("k", 1).stopped());
  }

  private void activations() {
    for (String operator :
        List.of(
            "Elu",
            "Selu",
            "Celu",
            "LeakyRelu",
            "ThresholdedRelu",
            "Softplus",
            "Softsign",
            "HardSigmoid",
            "HardSwish",
            "Mish",
            "Shrink")) {
      add(NodeCase.of(operator).input(a, b, c));
      add(NodeCase.of(operator, "far out").input(a, b).from(-30, 30));
    }
    for (String operator : List.of("Elu", "Celu", "LeakyRelu", "ThresholdedRelu")) {
      add(NodeCase.of(operator).input(a, b, c).with("alpha", 0.3));
    }
    add(NodeCase.of("HardSigmoid").input(a, b).with("alpha", 0.4).with("beta", 0.3));
    add(NodeCase.of("Shrink").input(a, b, c).with("lambd", 0.7).with("bias", 0.2));
    add(NodeCase.of("PRelu").input(a, b, c).input(b, 1));
    add(NodeCase.of("Gelu").opset(20).input(a, b, c));
    add(NodeCase.of("Gelu").opset(20).input(a, b, c).with("approximate", "tanh"));
  }

  private void choices() {
    double[] bits = new double[(int) (b * c)];
    for (int index = 0; index < bits.length; index++) {
      bits[index] = index % 3 == 0 ? 1 : 0;
    }
    add(NodeCase.of("Where").booleans(bits, b, c).input(a, b, c).input(c));
    add(NodeCase.of("TopK").input(a, c).integers(2).outputs(2));
    add(NodeCase.of("TopK").input(c, a).integers(2).with("axis", 0).with("largest", 0).outputs(2));
    add(NodeCase.of("ArgMax").input(a, b, c).with("axis", 1).stopped());
    add(NodeCase.of("ArgMin").input(a, b, c).with("axis", -1).with("keepdims", 0).stopped());
  }

  private void reductions() {
    for (String operator :
        List.of(
            "ReduceSum",
            "ReduceMean",
            "ReduceMax",
            "ReduceMin",
            "ReduceProd",
            "ReduceL1",
            "ReduceL2",
            "ReduceSumSquare",
            "ReduceLogSum",
            "ReduceLogSumExp")) {
      double low = operator.equals("ReduceLogSum") ? 0.5 : -2;
      add(NodeCase.of(operator, "of all").input(a, b, c).from(low, 2));
      add(NodeCase.of(operator, "keeping").input(a, b, c).integers(-1).from(low, 2));
      add(
          NodeCase.of(operator, "dropping")
              .input(a, b, c)
              .integers(2, 0)
              .with("keepdims", 0)
              .from(low, 2));
      if (!operator.equals("ReduceSum")) {
        add(
            NodeCase.of(operator, "by attribute")
                .opset(17)
                .input(a, b, c)
                .with("axes", s(1))
                .from(low, 2));
      }
    }
    add(NodeCase.of("ReduceSum", "of none").input(a, b).with("noop_with_empty_axes", 1));
    for (int exclusive = 0; exclusive < 2; exclusive++) {
      for (int reverse = 0; reverse < 2; reverse++) {
        add(
            NodeCase.of("CumSum")
                .input(a, b, c)
                .integersOf(s(1))
                .with("exclusive", exclusive)
                .with("reverse", reverse));
      }
    }
  }

  private void products() {
    add(NodeCase.of("MatMul").input(b, c).input(c, a));
    add(NodeCase.of("MatMul", "by a matrix").input(a, b, c).input(c, b));
    add(NodeCase.of("MatMul", "batched").input(a, b, c).input(a, c, 3));
    add(NodeCase.of("MatMul", "broadcasting").input(2, a, b, c).input(2, 1, c, b));
    add(NodeCase.of("MatMul", "of vectors").input(c).input(c));
    add(NodeCase.of("MatMul", "of a vector").input(c).input(a, c, b));
    add(NodeCase.of("MatMul", "by a vector").input(a, b, c).input(c));
    for (int left = 0; left < 2; left++) {
      for (int right = 0; right < 2; right++) {
        add(
            NodeCase.of("Gemm")
                .input(left == 0 ? s(a, c) : s(c, a))
                .input(right == 0 ? s(c, b) : s(b, c))
                .input(b)
                .with("transA", left)
                .with("transB", right)
                .with("alpha", left == 0 ? 1.0 : 0.5)
                .with("beta", right == 0 ? 1.0 : 2.0));
      }
    }
    add(NodeCase.of("Gemm", "without bias").input(a, c).input(c, b));
    add(NodeCase.of("Gemm", "with a scalar bias").input(a, c).input(c, b).input());
    add(NodeCase.of("Gemm", "with a column").input(a, c).input(c, b).input(a, 1));
    add(einsum("bij,bjk->bik").input(a, b, c).input(a, c, 2));
    add(einsum("bhqd,bhkd->bhqk").input(a, 2, b, c).input(a, 2, 3, c));
    add(einsum("ij->ji").input(b, c));
    add(einsum("ij->i").input(b, c));
    add(einsum("ij,j->").input(b, c).input(c));
    add(einsum("i,j->ij").input(b).input(c));
    add(einsum("ij,kj").input(a, c).input(b, c));
    add(einsum("...ij,...jk->...ik").input(a, b, c).input(a, c, 2));
    add(einsum("ab,bc,cd->ad").input(a, b).input(b, c).input(c, 2));
  }

  private static NodeCase einsum(String equation) {
    return NodeCase.of("Einsum").with("equation", equation);
  }

  private void normalizations() {
    for (String operator : List.of("Softmax", "LogSoftmax")) {
      add(NodeCase.of(operator).input(a, b, c));
      add(NodeCase.of(operator).input(a, b, c).with("axis", 1));
      add(NodeCase.of(operator).input(a, b, c).with("axis", -3));
      add(NodeCase.of(operator, "far out").input(a, c).from(-60, 60));
    }
    add(NodeCase.of("LayerNormalization").input(a, b, 5).input(5));
    add(
        NodeCase.of("LayerNormalization", "with bias")
            .input(a, b, 5)
            .input(5)
            .input(5)
            .with("epsilon", 0.01));
    add(
        NodeCase.of("LayerNormalization", "over two axes")
            .opset(17)
            .input(a, b, c)
            .input(b, c)
            .input(b, c)
            .with("axis", 1));
    add(
        NodeCase.of("BatchNormalization")
            .input(a, b, 3, 2)
            .input(b)
            .input(b)
            .input(b)
            .input(b)
            .from(0.5, 2));
    add(
        NodeCase.of("BatchNormalization", "of rows")
            .input(a, b)
            .input(b)
            .input(b)
            .input(b)
            .input(b)
            .with("epsilon", 0.1)
            .from(0.5, 2));
    add(NodeCase.of("InstanceNormalization").input(a, b, 3, 4).input(b).input(b));
    add(NodeCase.of("InstanceNormalization").input(a, b, 7).input(b).input(b));
    add(
        NodeCase.of("GroupNormalization")
            .opset(18)
            .input(a, 6, 3, 2)
            .input(2)
            .input(2)
            .with("num_groups", 2));
    add(
        NodeCase.of("GroupNormalization")
            .opset(21)
            .input(a, 6, 3, 2)
            .input(6)
            .input(6)
            .with("num_groups", 3));
    add(NodeCase.of("LpNormalization").input(a, b, c));
    add(NodeCase.of("LpNormalization", "of zeros").floats(new double[6], 2, 3).stopped());
    add(NodeCase.of("LpNormalization").input(a, b, c).with("axis", 1).with("p", 1));
    add(NodeCase.of("MeanVarianceNormalization").input(a, b, 3, 4));
  }

  private void shapes() {
    add(NodeCase.of("Reshape").input(a, b, c).integers(-1, c));
    add(NodeCase.of("Reshape", "copying").opset(21).input(a, b, c).integers(0, -1, 1));
    add(NodeCase.of("Flatten").input(a, b, c));
    add(NodeCase.of("Flatten").input(a, b, c).with("axis", 0));
    add(NodeCase.of("Flatten").input(a, b, c).with("axis", -1));
    add(NodeCase.of("Squeeze").input(a, 1, b, 1).integers(-1, 1));
    add(NodeCase.of("Squeeze", "of all").input(a, 1, b, 1));
    add(NodeCase.of("Unsqueeze").opset(21).input(a, b).integers(-1, 0));
    add(NodeCase.of("Transpose").input(a, b, c).with("perm", s(2, 0, 1)));
    add(NodeCase.of("Transpose", "reversing").input(a, b, c));
    add(NodeCase.of("Expand").input(b, 1).integers(a, 1, c));
    add(NodeCase.of("Expand", "to less").input(a, b).integers(1));
    add(NodeCase.of("Tile").input(a, b).integers(2, 3));
    add(NodeCase.of("DepthToSpace").input(a, 8, 2, 3).with("blocksize", 2));
    add(NodeCase.of("DepthToSpace").input(a, 8, 2, 3).with("blocksize", 2).with("mode", "CRD"));
    add(NodeCase.of("SpaceToDepth").input(a, 2, 4, 6).with("blocksize", 2));
  }

  private void cuts() {
    add(NodeCase.of("Concat").input(a, b).input(a, c).input(a, 1).with("axis", -1));
    add(NodeCase.of("Concat", "of one").input(a, b).with("axis", 0));
    add(NodeCase.of("Split").input(a, 5).integers(2, 3).with("axis", 1).outputs(2));
    add(NodeCase.of("Split", "evenly").opset(17).input(4, b).outputs(2));
    add(NodeCase.of("Split", "by number").opset(18).input(5, b).with("num_outputs", 2).outputs(2));
    add(NodeCase.of("Slice").input(a, b, c).integers(1).integers(2).integers(1));
    add(
        NodeCase.of("Slice", "of two axes")
            .input(4, 5, 6)
            .integers(1, 0)
            .integers(-1, 4)
            .integers(2, 0));
    add(NodeCase.of("Slice", "of the first axes").input(4, 5).integers(1, 2).integers(3, 100));
    add(
        NodeCase.of("Slice", "by steps")
            .input(7, 6)
            .integers(1, 0)
            .integers(7, 5)
            .integers(0, 1)
            .integers(3, 2));
    add(
        NodeCase.of("Slice", "backwards")
            .input(5, 6)
            .integers(-1, 4)
            .integers(Long.MIN_VALUE, 1)
            .integers(0, 1)
            .integers(-1, -2));
    add(
        NodeCase.of("Slice", "from the end")
            .input(5, 6)
            .integers(-3)
            .integers(Long.MAX_VALUE)
            .integers(-1));
    add(NodeCase.of("Pad").input(a, b).integers(1, 0, 2, 1).scalar(0.5));
    add(NodeCase.of("Pad", "cutting").input(3, 5).integers(0, -1, 1, -2));
    add(NodeCase.of("Pad", "of one axis").input(a, b, c).integers(2, 1).scalar(0).integers(-1));
    for (String mode : List.of("reflect", "edge")) {
      add(NodeCase.of("Pad").input(a, 4, 5).integers(0, 2, 1, 0, 1, 3).with("mode", mode));
    }
    add(NodeCase.of("Pad").opset(19).input(a, 4).integers(0, 2, 0, 3).with("mode", "wrap"));
    add(NodeCase.of("Trilu").input(a, b, c));
    add(NodeCase.of("Trilu", "lower").input(a, b, c).integersOf(s(1)).with("upper", 0));
    add(NodeCase.of("Trilu", "strict").input(b, c).integersOf(s(1)));
  }

  private void indices() {
    add(NodeCase.of("Gather", "with repeated rows").input(b, c).integers(0, 1, 1, 0, -1));
    add(
        NodeCase.of("Gather", "of axis 1")
            .input(a, b, c)
            .integersOf(s(1, 0, 0, 1), 2, 2)
            .with("axis", 1));
    add(
        NodeCase.of("Gather", "of the last axis")
            .input(a, b, c)
            .integers(2, 0, 2)
            .with("axis", -1));
    add(NodeCase.of("Gather", "of a vector").input(c).integersOf(s(2, 0, 0, 1), 2, 2));
    add(NodeCase.of("Gather", "of one").input(a, b, c).integersOf(s(1)).with("axis", 1));
    add(NodeCase.of("Gather", "of the last").input(a, b, c).integersOf(s(-1)).with("axis", 1));
    add(NodeCase.of("Gather", "of a run").input(a, c).integers(1, 2).with("axis", 1));
    add(NodeCase.of("Gather", "of many rows").input(8200, 2).integers(3, 8199, 3));
    add(
        NodeCase.of("GatherElements")
            .input(3, c)
            .integersOf(s(0, 2, 2, -1, 1, 0), 3, 2)
            .with("axis", 1));
    add(NodeCase.of("GatherElements").input(3, c).integersOf(s(0, 2, 1, 1), 2, 2).with("axis", 0));
    add(NodeCase.of("GatherND").input(3, 4, c).integersOf(s(0, 1, 2, -1, 0, 1), 3, 2));
    add(NodeCase.of("GatherND", "of elements").input(3, 4).integersOf(s(0, 1, 2, 3), 2, 1, 2));
    add(NodeCase.of("GatherND", "of rows").input(3, 4, c).integersOf(s(2, 0), 2, 1));
    add(
        NodeCase.of("ScatterElements")
            .input(3, 5)
            .integersOf(s(1, 3, 0, 4), 2, 2)
            .input(2, 2)
            .with("axis", 1));
    add(
        NodeCase.of("ScatterElements", "adding where indices repeat")
            .input(3, 5)
            .integersOf(s(1, 1, 0, -1), 2, 2)
            .input(2, 2)
            .with("axis", 1)
            .with("reduction", "add"));
    add(NodeCase.of("ScatterND").input(4, 3, c).integersOf(s(0, 2, 3, -1), 2, 2).input(2, c));
    add(
        NodeCase.of("ScatterND", "of elements")
            .input(4, 3)
            .integersOf(s(0, 2, 3, 1), 2, 2)
            .input(2));
    add(
        NodeCase.of("ScatterND", "adding where indices repeat")
            .input(4, c)
            .integersOf(s(1, 3, 1), 3, 1)
            .input(3, c)
            .with("reduction", "add"));
    add(
        NodeCase.of("OneHot")
            .integers(1, -1, 0)
            .integersOf(s(4))
            .floats(new double[] {0, 1}, 2)
            .stopped());
    add(
        NodeCase.of("OneHot", "along axis 0")
            .integers(1, 2)
            .integersOf(s(3))
            .floats(new double[] {-1, 2}, 2)
            .with("axis", 0)
            .stopped());
  }
}
