package org.gtrturbo.benchmarks;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.gtrturbo.agents.PolicySpecs;
import org.gtrturbo.environments.Environments;
import org.gtrturbo.environments.Rendering;
import org.gtrturbo.platform.settings.Settings;
import org.gtrturbo.policy.PolicySpec;
import org.gtrturbo.policy.Vocabulary;
import org.gtrturbo.policy.training.TrainingTurn;

/**
 * A policy and its work, the same for every contestant.
 *
 * @param steps optimizer steps that are timed together
 * @param texts generated side by side
 */
record ComparedCase(
    String name, PolicySpec spec, int minibatch, int steps, int texts, TurnLengths lengths) {

  static final List<String> NAMES = List.of("wide", "default", "tiny");

  /** How often the texts are generated in a row, as an actor goes from batch to batch. */
  static final int BATCHES = 16;

  /** How many tokens the turns have, both inclusive. */
  record TurnLengths(int shortest, int longest) {}

  /** One of {@link #NAMES}, medium or large. */
  static ComparedCase named(String name, Settings settings) {
    return switch (name) {
      case "default" -> usual(settings);
      case "wide" -> wide();
      case "tiny" -> tiny();
      case "medium" -> medium();
      case "large" -> large();
      default ->
          throw new IllegalArgumentException(
              "the cases are " + NAMES + ", medium and large, not " + name);
    };
  }

  /** The default policy, or what the settings make of it. */
  private static ComparedCase usual(Settings settings) {
    var environment =
        Environments.named(
            settings.environment().name(), Rendering.SMALL, settings.environment().imageNoise());
    return new ComparedCase(
        "default",
        PolicySpecs.of(environment.spec(), settings.policy()),
        settings.learner().minibatch(),
        32,
        32,
        new TurnLengths(13, 17));
  }

  /** Width 128, four layers, 96 tokens, 64 turns a minibatch: the products of matrices dominate. */
  private static ComparedCase wide() {
    return new ComparedCase(
        "wide",
        new PolicySpec(
            new PolicySpec.PictureSpec(32, 32, 1, 8, 8),
            new PolicySpec.TextSpec(words(256), 32, 49),
            new PolicySpec.TransformerSpec(128, 4, 4, 512)),
        64,
        2,
        32,
        new TurnLengths(45, 49));
  }

  /**
   * Width 16, four layers, 4 tokens, 4 turns a minibatch: hardly more than the calls themselves.
   */
  private static ComparedCase tiny() {
    return new ComparedCase(
        "tiny",
        new PolicySpec(
            new PolicySpec.PictureSpec(4, 4, 1, 4, 4),
            new PolicySpec.TextSpec(words(16), 1, 3),
            new PolicySpec.TransformerSpec(16, 4, 2, 64)),
        4,
        512,
        4,
        new TurnLengths(3, 3));
  }

  /** Width 320, eight layers: 10 million parameters. */
  private static ComparedCase medium() {
    return deep("medium", new PolicySpec.TransformerSpec(320, 8, 5, 1280), 64);
  }

  /** Width 832, twelve layers: 100 million parameters. */
  private static ComparedCase large() {
    return deep("large", new PolicySpec.TransformerSpec(832, 12, 13, 3328), 32);
  }

  private static ComparedCase deep(
      String name, PolicySpec.TransformerSpec transformer, int minibatch) {
    ComparedCase wide = wide();
    return new ComparedCase(
        name,
        new PolicySpec(wide.spec().picture(), wide.spec().text(), transformer),
        minibatch,
        wide.steps(),
        wide.texts(),
        wide.lengths());
  }

  private static List<String> words(int count) {
    List<String> words = new ArrayList<>(List.of("<pad>", Vocabulary.ACTION_MARKER));
    while (words.size() < count) {
      words.add("w" + words.size());
    }
    return words;
  }

  List<TrainingTurn> turns() {
    return new RandomTurns(spec, 0, lengths.shortest(), lengths.longest())
        .guided(steps * minibatch);
  }

  /** Per step the places of its turns: all turns in a row. */
  int[][] minibatches() {
    return IntStream.range(0, steps)
        .mapToObj(step -> IntStream.range(step * minibatch, (step + 1) * minibatch).toArray())
        .toArray(int[][]::new);
  }
}
