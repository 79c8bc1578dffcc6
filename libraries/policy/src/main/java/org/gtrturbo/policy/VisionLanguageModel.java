package org.gtrturbo.policy;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.gtrturbo.policy.graph.Graph;
import org.gtrturbo.policy.graph.Operators;
import org.gtrturbo.policy.graph.TransformerOperators;
import org.gtrturbo.policy.graph.Value;

/**
 * The built-in policy: patches of the picture and words of the prompt go through a pre-norm
 * transformer that writes the thought and the action word by word; a value head reads the last
 * prompt token.
 *
 * <p>Picture tokens see each other; every other token sees what stands before it. The same
 * parameters are used in three forms: {@link #evaluate} over a whole known text (scoring,
 * training), {@link #read} over the context, and {@link #writeOne} one token further (generation
 * with a key-value cache).
 */
public final class VisionLanguageModel implements PolicyNetwork {
  private static final double MASKED = -1e9;

  private final PolicySpec spec;
  private final Graph graph;
  private final Operators op;
  private final TransformerOperators transformer;
  private final ModelWeights weights;

  /**
   * @param parameters by name, as {@link #layout} lists them
   */
  VisionLanguageModel(PolicySpec spec, Graph graph, Map<String, Value> parameters) {
    this(spec, graph, ModelWeights.of(spec, graph, parameters), new TransformerOperators(graph));
  }

  private VisionLanguageModel(
      PolicySpec spec, Graph graph, ModelWeights weights, TransformerOperators transformer) {
    this.spec = spec;
    this.graph = graph;
    this.op = graph.operators();
    this.transformer = transformer;
    this.weights = weights;
  }

  /** The model whose parameters are slices of {@code flat}, a float vector of the layout's size. */
  public static VisionLanguageModel over(PolicySpec spec, Graph graph, Value flat) {
    return new VisionLanguageModel(spec, graph, PolicyNetwork.slices(graph, flat, layout(spec)));
  }

  /**
   * The same model for one token of every text, adding its nodes to {@code body}, a body within
   * this one's graph.
   */
  VisionLanguageModel ofOneToken(Graph body) {
    return new VisionLanguageModel(spec, body, weights, TransformerOperators.ofFewRows(body));
  }

  /** Names and shapes of the parameters. */
  public static ParameterLayout layout(PolicySpec spec) {
    int width = spec.transformer().width();
    int hidden = spec.transformer().feedForward();
    List<ParameterLayout.Parameter> parameters = new ArrayList<>();
    parameters.add(parameter("patch.weight", spec.picture().patchPixels(), width));
    parameters.add(parameter("word.embedding", spec.vocabularySize(), width));
    parameters.add(parameter("position.embedding", spec.sequenceTokens(), width));
    for (int layer = 0; layer < spec.transformer().layers(); layer++) {
      String block = "block." + layer + ".";
      parameters.add(parameter(block + "attention.norm", width));
      parameters.add(parameter(block + "attention.queryKeyValue", width, 3L * width));
      parameters.add(parameter(block + "attention.output", width, width));
      parameters.add(parameter(block + "mlp.norm", width));
      parameters.add(parameter(block + "mlp.expand", width, hidden));
      parameters.add(parameter(block + "mlp.contract", hidden, width));
    }
    parameters.add(parameter("norm", width));
    parameters.add(parameter("head.weight", width, spec.vocabularySize()));
    parameters.add(parameter("value.hidden", width, width));
    parameters.add(parameter("value.weight", width, 1));
    parameters.add(parameter("value.bias", 1));
    return ParameterLayout.of(parameters);
  }

  /** Random weights: unit norms, a silent value head, and residual branches that start small. */
  public static Parameters initialise(PolicySpec spec, long seed) {
    Parameters parameters = Parameters.zeros(layout(spec));
    SplittableRandom random = new SplittableRandom(seed);
    for (ParameterLayout.Slot slot : parameters.layout().slots()) {
      double deviation = deviation(spec, slot);
      for (long index = 0; index < slot.elements(); index++) {
        float value =
            slot.name().endsWith("norm") ? 1 : (float) (deviation * random.nextGaussian());
        parameters.set(slot.offset() + index, value);
      }
    }
    return parameters;
  }

  private static double deviation(PolicySpec spec, ParameterLayout.Slot slot) {
    double fanIn = 1 / Math.sqrt((double) slot.shape()[0]);
    String name = slot.name();
    if (name.equals("value.weight") || name.equals("value.bias")) {
      return 0;
    }
    if (name.equals("word.embedding")) {
      return 0.3;
    }
    if (name.equals("position.embedding")) {
      return 0.1;
    }
    if (name.equals("head.weight")) {
      return 0.5 * fanIn;
    }
    boolean endsBranch = name.endsWith("attention.output") || name.endsWith("mlp.contract");
    return endsBranch ? fanIn / Math.sqrt(2.0 * spec.transformer().layers()) : fanIn;
  }

  private static ParameterLayout.Parameter parameter(String name, long... shape) {
    return new ParameterLayout.Parameter(name, shape);
  }

  @Override
  public Evaluation evaluate(Value pixels, Value prompt, Value generated) {
    int context = spec.contextTokens();
    long generatedTokens = generated.shape().at(1);
    long length = context + generatedTokens - 1;
    Value before = op.slice(generated, 1, 0, generatedTokens - 1);
    Value hidden = embed(pixels, op.concat(1, prompt, before), length);
    int last = spec.transformer().layers() - 1;
    for (int layer = 0; layer < last; layer++) {
      hidden = block(layer, hidden, 0, length).hidden();
    }
    // Nothing reads the last block's results at earlier positions; to leave them out takes
    // operators.
    int from = transformer.isFew(hidden.shape().at(0)) ? 0 : context - 1;
    Value computed = block(last, hidden, from, length).hidden();
    Value read = from(computed, context - 1 - from, length - from);
    Value normal = transformer.normalise(read);
    Value logits = transformer.product(normal, weights.head());
    Value first = rows(op.slice(texts(normal, generatedTokens), 1, 0, 1));
    return new Evaluation(
        op.reshape(logits, -1, generatedTokens, spec.vocabularySize()), value(first));
  }

  /**
   * The context, read once.
   *
   * @param keys per layer (N, heads, P + Q, headWidth)
   * @param values per layer (N, heads, P + Q, headWidth)
   * @param logits (N, V) of the first generated token
   * @param value (N)
   */
  record Reading(List<Value> keys, List<Value> values, Value logits, Value value) {}

  Reading read(Value pixels, Value prompt) {
    int context = spec.contextTokens();
    Value hidden = embed(pixels, prompt, context);
    List<Value> keys = new ArrayList<>();
    List<Value> values = new ArrayList<>();
    int layers = spec.transformer().layers();
    for (int layer = 0; layer < layers; layer++) {
      Block block = block(layer, hidden, layer == layers - 1 ? context - 1 : 0, context);
      keys.add(op.transpose(block.key(), 1, 0, 2, 3));
      values.add(op.transpose(block.value(), 1, 0, 2, 3));
      hidden = block.hidden();
    }
    Value normal = transformer.normalise(hidden);
    Value logits = op.matMul(normal, weights.head());
    return new Reading(keys, values, logits, value(normal));
  }

  @Override
  public Writing write(Value pixels, Value prompt) {
    return new CachedWriting(this, spec, read(pixels, prompt));
  }

  /**
   * One token further.
   *
   * @param keys per layer (N, heads, t + 1, headWidth): the generated tokens' keys, this one's
   *     included
   * @param values per layer (N, heads, t + 1, headWidth)
   * @param logits (N, V) of the next token
   */
  record Further(List<Value> keys, List<Value> values, Value logits) {}

  /**
   * @param token int64 (N), the token generated last
   * @param place int64 of rank 0, how many tokens were generated before it
   * @param keys the keys of the generated tokens before it, as {@link Further} has them
   */
  Further writeOne(
      Value token, Value place, Reading context, List<Value> keys, List<Value> values) {
    Value positions =
        op.slice(
            weights.parameter("position.embedding"),
            0,
            spec.contextTokens(),
            spec.sequenceTokens());
    Value hidden =
        op.add(op.gather(weights.parameter("word.embedding"), token), op.gather(positions, place));
    List<Value> nextKeys = new ArrayList<>();
    List<Value> nextValues = new ArrayList<>();
    for (int layer = 0; layer < spec.transformer().layers(); layer++) {
      Value normal = transformer.normalise(hidden);
      Projections projections = projectOne(layer, normal);
      Value key = op.concat(2, keys.get(layer), projections.key());
      Value value = op.concat(2, values.get(layer), projections.value());
      nextKeys.add(key);
      nextValues.add(value);
      Value mixed = attendTwice(projections.query(), context, layer, key, value);
      hidden =
          feedForward(layer, transformer.productPlus(mixed, weights.block(layer).output(), hidden));
    }
    Value normal = transformer.normalise(hidden);
    Value logits = op.matMul(normal, weights.head());
    return new Further(nextKeys, nextValues, logits);
  }

  /** Attention over context and generated tokens, heads joined, without copying the context. */
  private Value attendTwice(Value query, Reading context, int layer, Value key, Value value) {
    int tokens = spec.contextTokens();
    Value scores = op.concat(-1, scores(query, context.keys().get(layer)), scores(query, key));
    Value shares = op.softmax(scores);
    Value onContext = op.slice(shares, -1, 0, tokens);
    Value onGenerated = op.slice(shares, -1, tokens, Long.MAX_VALUE);
    Value mixed =
        op.add(op.matMul(onContext, context.values().get(layer)), op.matMul(onGenerated, value));
    return op.reshape(mixed, -1, spec.transformer().width());
  }

  /** Of one scaled query each, over keys that ONNX Runtime turns within the product. */
  private Value scores(Value query, Value keys) {
    return op.matMul(query, op.transposeLast(keys));
  }

  /** (N, T, D) as (N · T, D): what the products of matrices take. */
  private Value rows(Value texts) {
    return op.reshape(texts, -1, spec.transformer().width());
  }

  /** (N · T, D) as (N, T, D). */
  private Value texts(Value rows, long tokens) {
    return op.reshape(rows, -1, tokens, spec.transformer().width());
  }

  /** The first tokens' states, (N · length, D). */
  private Value embed(Value pixels, Value words, long length) {
    PolicySpec.PictureSpec picture = spec.picture();
    int rows = picture.height() / picture.patchHeight();
    int columns = picture.width() / picture.patchWidth();
    // Cut first: elementwise operators crawl over a last dimension of one channel.
    Value cut =
        op.reshape(
            pixels,
            -1,
            rows,
            picture.patchHeight(),
            columns,
            (long) picture.patchWidth() * picture.channels());
    Value scaled = op.multiply(op.cast(cut, graph.floatType()), 1.0 / 255);
    Value patches = op.reshape(op.transpose(scaled, 0, 1, 3, 2, 4), -1, picture.patchPixels());
    Value seen =
        texts(transformer.product(patches, weights.parameter("patch.weight")), picture.patches());
    Value read = op.gather(weights.parameter("word.embedding"), words);
    Value positions = op.slice(weights.parameter("position.embedding"), 0, 0, length);
    return rows(op.add(op.concat(1, seen, read), positions));
  }

  /**
   * @param hidden (N · T, D)
   * @param key (heads, N, length, headWidth)
   * @param value (heads, N, length, headWidth)
   */
  private record Block(Value hidden, Value key, Value value) {}

  /** One transformer block over (N · length, D); results only from position {@code from} on. */
  private Block block(int layer, Value hidden, int from, long length) {
    Value normal = transformer.normalise(hidden);
    Value kept = from(hidden, from, length);
    Projections all = project(layer, normal, from, length);
    Value mixed =
        transformer.attention(all.query(), all.key(), all.value(), mask(from, (int) length));
    Value attended = transformer.productOverHeads(mixed, weights.block(layer).output());
    return new Block(feedForward(layer, op.add(kept, attended)), all.key(), all.value());
  }

  /** (heads, N, tokens, headWidth) each, the query from position {@code from} on. */
  private Projections project(int layer, Value normal, int from, long length) {
    Value all = weights.block(layer).queryKeyValue();
    int heads = spec.transformer().heads();
    if (from == 0) {
      List<Value> parts = transformer.productsOfHeads(normal, all, 3, heads, length);
      return new Projections(parts.get(0), parts.get(1), parts.get(2));
    }
    // The weights are cut, not the results, which are larger.
    long width = spec.transformer().width();
    List<Value> cut = op.split(all, -1, width, 2 * width);
    Value query =
        transformer.productOfHeads(from(normal, from, length), cut.get(0), heads, length - from);
    List<Value> rest = transformer.productsOfHeads(normal, cut.get(1), 2, heads, length);
    return new Projections(query, rest.get(0), rest.get(1));
  }

  /** Of (N · length, D) the tokens from position {@code from} on. */
  private Value from(Value rows, int from, long length) {
    return from == 0 ? rows : rows(op.slice(texts(rows, length), 1, from, length));
  }

  /** What attention is computed of. */
  private record Projections(Value query, Value key, Value value) {}

  /**
   * Of one token each, (N, D), as (N, heads, 1, headWidth), where nothing needs to be turned. The
   * query is scaled by its weights, which are the same for all tokens.
   */
  private Projections projectOne(int layer, Value normal) {
    long heads = spec.transformer().heads();
    long headWidth = spec.transformer().headWidth();
    double[] columns = new double[3 * spec.transformer().width()];
    Arrays.fill(columns, 1);
    Arrays.fill(columns, 0, spec.transformer().width(), 1 / Math.sqrt((double) headWidth));
    Value scaled =
        op.multiply(
            weights.block(layer).queryKeyValue(),
            graph.constant(graph.floatType(), columns, columns.length));
    Value all = op.reshape(op.matMul(normal, scaled), -1, 3 * heads, 1, headWidth);
    List<Value> parts = op.split(all, 1, heads, heads, heads);
    return new Projections(parts.get(0), parts.get(1), parts.get(2));
  }

  private Value feedForward(int layer, Value hidden) {
    Value normal = transformer.normalise(hidden);
    Value expanded = transformer.relu(transformer.product(normal, weights.block(layer).expand()));
    return transformer.productPlus(expanded, weights.block(layer).contract(), hidden);
  }

  /** Of (N, D), the normalised last prompt token: (N). */
  private Value value(Value normal) {
    Value hidden = op.tanh(op.matMul(normal, weights.valueHidden()));
    Value value =
        op.add(
            op.matMul(hidden, weights.parameter("value.weight")), weights.parameter("value.bias"));
    return op.squeeze(value, 1);
  }

  /**
   * Added to scores: 0 where a token may look, very negative elsewhere; (length − from, length).
   */
  private Value mask(int from, int length) {
    int patches = spec.picture().patches();
    double[] mask = new double[(length - from) * length];
    for (int looking = from; looking < length; looking++) {
      for (int seen = 0; seen < length; seen++) {
        boolean amongPatches = looking < patches && seen < patches;
        mask[(looking - from) * length + seen] = seen <= looking || amongPatches ? 0 : MASKED;
      }
    }
    return graph.constant(graph.floatType(), mask, length - from, length);
  }
}
