package org.gtrturbo.environments;

import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** How a game of {@link PointsRules} is written and drawn. */
final class PointsView {

  private static final double REWARD_SCALE = 0.1;

  private final PointsRules rules;

  PointsView(PointsRules rules) {
    this.rules = rules;
  }

  EnvironmentSpec spec(Rendering rendering) {
    var picture =
        switch (rendering) {
          case SMALL -> SmallDrawing.cardTable(rules.cards());
          case PAPER -> PaperDrawing.SHAPE;
        };
    var texts =
        switch (rendering) {
          case SMALL ->
              new EnvironmentSpec.Texts(Vocabulary.WORDS, 2 + promptEntries(), maxGeneratedWords());
          case PAPER ->
              new EnvironmentSpec.Texts(
                  List.of(), PaperPrompt.MAX_WORDS, PaperPrompt.MAX_ANSWER_WORDS);
        };
    return new EnvironmentSpec(
        rules.name(), rules.actions(), picture, texts, rules.maxTurns(), REWARD_SCALE);
  }

  byte[] draw(Rendering rendering, List<Card> hand, List<String> formula) {
    return switch (rendering) {
      case SMALL -> SmallDrawing.cards(hand, formula);
      case PAPER -> PaperDrawing.cards(hand, formula);
    };
  }

  String prompt(Rendering rendering, List<String> formula) {
    return switch (rendering) {
      case SMALL -> words(formula);
      case PAPER -> PaperPrompt.points(rules, formula);
    };
  }

  /**
   * {@code task 3 * empty .}: the last entries of the formula, refused numbers as {@code empty}.
   */
  private String words(List<String> formula) {
    return Stream.of(Stream.of("task"), lastWords(formula, promptEntries()), Stream.of("."))
        .flatMap(words -> words)
        .collect(Collectors.joining(" "));
  }

  /** The last {@code count} entries of a formula in words of the vocabulary. */
  static Stream<String> lastWords(List<String> formula, int count) {
    return formula.stream()
        .skip(Math.max(0, formula.size() - count))
        .map(entry -> entry.equals(Formula.BLANK) ? Vocabulary.EMPTY : entry);
  }

  private int promptEntries() {
    return rules.cards() == 2 ? 6 : 12;
  }

  private int maxGeneratedWords() {
    return switch (rules.cards()) {
      case 2 -> 20;
      case 3 -> 22;
      default -> 26;
    };
  }
}
