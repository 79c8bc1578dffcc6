package org.gtrturbo.benchmarks.libtorch;

import static org.bytedeco.pytorch.global.torch.baddbmm;
import static org.bytedeco.pytorch.global.torch.bmm;
import static org.bytedeco.pytorch.global.torch.cat;
import static org.bytedeco.pytorch.global.torch.embedding;
import static org.bytedeco.pytorch.global.torch.log_softmax;
import static org.bytedeco.pytorch.global.torch.matmul;
import static org.bytedeco.pytorch.global.torch.minimum;
import static org.bytedeco.pytorch.global.torch.relu;
import static org.bytedeco.pytorch.global.torch.rms_norm;
import static org.bytedeco.pytorch.global.torch.scaled_dot_product_attention;
import static org.bytedeco.pytorch.global.torch.softmax;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Map;
import org.bytedeco.pytorch.DoubleOptional;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.ScalarOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * The policy and its loss as the case describes them.
 *
 * @param attention sdpa or explicit
 * @param parameters by name
 * @param mask (length, length), added to scores
 */
record LibtorchPolicy(
    JsonNode described, String attention, Map<String, Tensor> parameters, Tensor mask) {
  private static final double EPSILON = 1e-5;

  static int patches(JsonNode described) {
    return described.path("height").asInt()
        / described.path("patchHeight").asInt()
        * (described.path("width").asInt() / described.path("patchWidth").asInt());
  }

  /**
   * The loss of a minibatch.
   *
   * @param rows the minibatch's columns by name
   */
  Tensor loss(Map<String, Tensor> rows) {
    Tensor normal = evaluate(rows);
    Tensor logits = matmul(normal, parameter("head.weight"));
    Tensor hidden = matmul(normal.select(1, 0), parameter("value.hidden")).tanh();
    Tensor value =
        matmul(hidden, parameter("value.weight")).add(parameter("value.bias")).squeeze(1);
    Tensor scaled = logits.mul(new Scalar(1 / number("temperature")));
    Tensor distributions = log_softmax(scaled, -1);
    Tensor tokens = column(rows, "tokens");
    Tensor logProbs = distributions.gather(-1, tokens.unsqueeze(-1)).squeeze(-1);
    Tensor thought = column(rows, "thought");
    Tensor action = column(rows, "action");
    Tensor written = thought.add(action);
    Tensor ratio = logProbs.sub(column(rows, "logProbs")).mul(written).exp();
    Tensor advantage = column(rows, "advantage").unsqueeze(1);
    Tensor clipped =
        ratio.clamp(limit(1 - number("clip")), limit(1 + number("clip"))).mul(advantage);
    Tensor surrogate = minimum(ratio.mul(advantage), clipped);
    Tensor weights = thought.mul(new Scalar(number("thoughtWeight"))).add(action);
    Tensor policy = weightedMean(surrogate, weights).neg();
    Tensor error = value.sub(column(rows, "valueTarget")).square().mean();
    Tensor probabilities = distributions.exp();
    Tensor entropy = weightedMean(probabilities.mul(distributions).sum(-1).neg(), written);
    Tensor apart = distributions.sub(column(rows, "teacherTop"));
    Tensor divergence = weightedMean(probabilities.mul(apart).sum(-1), thought);
    return policy
        .add(error.mul(new Scalar(0.5 * number("valueCoefficient"))))
        .sub(entropy.mul(new Scalar(number("entropyCoefficient"))))
        .add(divergence.mul(new Scalar(number("guidance"))));
  }

  private static Tensor weightedMean(Tensor values, Tensor weights) {
    return values.mul(weights).sum().div(weights.sum().clamp(limit(1e-6)));
  }

  private static ScalarOptional limit(double number) {
    return new ScalarOptional(new Scalar(number));
  }

  /** The last block's normalised states of the generated tokens' predecessors: (N, G, D). */
  private Tensor evaluate(Map<String, Tensor> rows) {
    Tensor generated = column(rows, "tokens");
    Tensor words =
        cat(
            new TensorVector(column(rows, "prompt"), generated.narrow(1, 0, generated.size(1) - 1)),
            1);
    Tensor hidden = embed(column(rows, "pixels"), words);
    int layers = described.path("layers").asInt();
    long context = patches(described) + described.path("promptTokens").asLong();
    for (int layer = 0; layer < layers; layer++) {
      // Nothing reads the last block's results at earlier positions.
      hidden = block("block." + layer + ".", hidden, layer == layers - 1 ? context - 1 : 0);
    }
    return norm(hidden, "norm");
  }

  private Tensor embed(Tensor pixels, Tensor words) {
    long patchHeight = described.path("patchHeight").asLong();
    long patchRow = described.path("patchWidth").asLong() * described.path("channels").asLong();
    long columns = described.path("width").asLong() / described.path("patchWidth").asLong();
    long patchRows = described.path("height").asLong() / patchHeight;
    Tensor cut = pixels.view(-1, patchRows, patchHeight, columns, patchRow);
    Tensor patches =
        cut.to(ScalarType.Float)
            .mul_(new Scalar(1.0 / 255))
            .permute(0, 1, 3, 2, 4)
            .reshape(-1, patches(described), patchHeight * patchRow);
    Tensor seen = matmul(patches, parameter("patch.weight"));
    Tensor read = embedding(parameter("word.embedding"), words);
    Tensor hidden = cat(new TensorVector(seen, read), 1);
    return hidden.add(parameter("position.embedding").narrow(0, 0, hidden.size(1)));
  }

  private Tensor norm(Tensor value, String scale) {
    return rms_norm(
        value,
        new long[] {value.size(-1)},
        new TensorOptional(parameter(scale)),
        new DoubleOptional(EPSILON));
  }

  private Tensor block(String block, Tensor hidden, long from) {
    long width = described.path("modelWidth").asLong();
    long length = hidden.size(1);
    Tensor normal = norm(hidden, block + "attention.norm");
    Tensor weight = parameter(block + "attention.queryKeyValue");
    Tensor query;
    Tensor keysAndValues;
    if (from == 0) {
      TensorVector parts = matmul(normal, weight).split(new long[] {width, 2 * width}, -1);
      query = parts.get(0);
      keysAndValues = parts.get(1);
    } else {
      query = matmul(normal.narrow(1, from, length - from), weight.narrow(1, 0, width));
      keysAndValues = matmul(normal, weight.narrow(1, width, 2 * width));
    }
    Tensor attended =
        attend(
            heads(query),
            heads(keysAndValues.narrow(-1, 0, width)),
            heads(keysAndValues.narrow(-1, width, width)),
            mask.narrow(0, from, length - from));
    Tensor kept = from == 0 ? hidden : hidden.narrow(1, from, length - from);
    Tensor after = kept.add(matmul(attended, parameter(block + "attention.output")));
    Tensor expanded =
        relu(matmul(norm(after, block + "mlp.norm"), parameter(block + "mlp.expand")));
    return after.add(matmul(expanded, parameter(block + "mlp.contract")));
  }

  /** (N, T, D) as (N, heads, T, headWidth). */
  private Tensor heads(Tensor projected) {
    long heads = described.path("heads").asLong();
    long headWidth = described.path("modelWidth").asLong() / heads;
    return projected
        .reshape(projected.size(0), projected.size(1), heads, headWidth)
        .transpose(1, 2);
  }

  private Tensor attend(Tensor query, Tensor key, Tensor value, Tensor seen) {
    long size = query.size(0);
    long heads = query.size(1);
    long asked = query.size(2);
    long headWidth = query.size(3);
    Tensor mixed;
    if (attention.equals("sdpa")) {
      mixed =
          scaled_dot_product_attention(
              query, key, value, new TensorOptional(seen), 0, false, new DoubleOptional(), false);
    } else {
      Tensor scores =
          baddbmm(
              seen.expand(size * heads, -1, -1),
              query.reshape(size * heads, asked, headWidth),
              key.reshape(size * heads, -1, headWidth).transpose(1, 2),
              new Scalar(1),
              new Scalar(1 / Math.sqrt((double) headWidth)));
      mixed =
          bmm(softmax(scores, -1), value.reshape(size * heads, -1, headWidth))
              .view(size, heads, asked, headWidth);
    }
    return mixed.transpose(1, 2).reshape(size, asked, heads * headWidth);
  }

  private double number(String name) {
    return described.path(name).asDouble();
  }

  private Tensor parameter(String name) {
    return column(parameters, name);
  }

  private static Tensor column(Map<String, Tensor> tensors, String name) {
    Tensor tensor = tensors.get(name);
    if (tensor == null) {
      throw new IllegalArgumentException("the case has no " + name);
    }
    return tensor;
  }
}
