package org.gtrturbo.policy.graph.reading;

import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.stream.IntStream;
import org.gtrturbo.policy.graph.Operators;
import org.gtrturbo.policy.graph.Value;

/** Softmax and normalisations, batch normalisation as in evaluation. */
final class NormalizationReading {
  private static final long GROUP_SCALE_PER_CHANNEL = 21;

  private NormalizationReading() {}

  static Map<String, ReadingRules.Rule> rules() {
    Map<String, ReadingRules.Rule> rules = new HashMap<>();
    rules.put(
        "Softmax",
        ReadingRules.single(n -> n.op().softmax(n.value(0), (int) n.integer("axis", -1))));
    rules.put(
        "LogSoftmax",
        ReadingRules.single(n -> n.op().logSoftmax(n.value(0), (int) n.integer("axis", -1))));
    rules.put("LayerNormalization", ReadingRules.single(NormalizationReading::layer));
    rules.put("BatchNormalization", ReadingRules.single(NormalizationReading::batch));
    rules.put("InstanceNormalization", ReadingRules.single(NormalizationReading::instance));
    rules.put("GroupNormalization", ReadingRules.single(NormalizationReading::group));
    rules.put("LpNormalization", ReadingRules.single(NormalizationReading::lp));
    rules.put("MeanVarianceNormalization", ReadingRules.single(NormalizationReading::meanVariance));
    return rules;
  }

  private static Value layer(NodeReading node) {
    if (node.node().outputs().stream().skip(1).anyMatch(output -> !output.isEmpty())) {
      throw node.refused("its mean and deviation are not read; compute them in the model");
    }
    return node.op()
        .layerNormalization(
            node.value(0),
            node.value(1),
            node.optional(2),
            (int) node.integer("axis", -1),
            node.real("epsilon", 1e-5));
  }

  /** (x − mean) / √(variance + ε) · scale + bias, all of them vectors over the channels. */
  private static Value batch(NodeReading node) {
    if (node.integer("training_mode", 0) != 0) {
      throw node.refused(
          "it is in training mode; call model.eval() before exporting, or replace it by"
              + " GroupNorm or LayerNorm");
    }
    Operators op = node.op();
    Value x = node.value(0);
    Value deviation = op.sqrt(op.add(node.value(4), node.real("epsilon", 1e-5)));
    Value factor = op.divide(node.value(1), deviation);
    Value shift = op.subtract(node.value(2), op.multiply(node.value(3), factor));
    return op.add(op.multiply(x, overChannels(op, factor, x)), overChannels(op, shift, x));
  }

  private static Value instance(NodeReading node) {
    Operators op = node.op();
    Value x = node.value(0);
    int[] spatial = IntStream.range(2, x.shape().rank()).toArray();
    Value normal = op.standardized(x, node.real("epsilon", 1e-5), spatial);
    return op.add(
        op.multiply(normal, overChannels(op, node.value(1), x)),
        overChannels(op, node.value(2), x));
  }

  private static Value group(NodeReading node) {
    Operators op = node.op();
    Value x = node.value(0);
    long groups = node.integer("num_groups", 1);
    long channels = x.shape().at(1);
    Value grouped = op.reshape(x, 0, groups, -1);
    Value normal = op.reshapeLike(op.standardized(grouped, node.real("epsilon", 1e-5), 2), x);
    Value scale = node.value(1);
    Value bias = node.value(2);
    if (node.emission().opset() < GROUP_SCALE_PER_CHANNEL) {
      scale = perChannel(op, scale, groups, channels);
      bias = perChannel(op, bias, groups, channels);
    }
    return op.add(op.multiply(normal, overChannels(op, scale, x)), overChannels(op, bias, x));
  }

  private static Value perChannel(Operators op, Value vector, long groups, long channels) {
    Value stretched = op.expand(op.unsqueeze(vector, 1), groups, channels / groups);
    return op.reshape(stretched, channels);
  }

  /** A vector of zeros stays one, and no gradient flows there. */
  private static Value lp(NodeReading node) {
    Operators op = node.op();
    Value x = node.value(0);
    int axis = (int) node.integer("axis", -1);
    Value size =
        node.integer("p", 2) == 1 ? op.reduceSum(op.abs(x), true, axis) : op.length(x, axis);
    Value zero = node.graph().scalar(0);
    Value isZero = op.equal(size, zero);
    Value divisor = op.where(isZero, node.graph().scalar(1), size);
    return op.divide(op.where(isZero, zero, x), divisor);
  }

  private static Value meanVariance(NodeReading node) {
    int[] axes =
        Arrays.stream(node.integers("axes").orElseGet(() -> new long[] {0, 2, 3}))
            .mapToInt(Math::toIntExact)
            .toArray();
    return node.op().standardized(node.value(0), 1e-9, axes);
  }

  /** A vector over the channels, ready to meet {@code like} of shape (batch, channels, ...). */
  private static Value overChannels(Operators op, Value vector, Value like) {
    int behind = like.shape().rank() - 2;
    long[] shape = new long[behind + 1];
    Arrays.fill(shape, 1);
    shape[0] = vector.shape().at(0);
    return behind == 0 ? vector : op.reshape(vector, shape);
  }
}
