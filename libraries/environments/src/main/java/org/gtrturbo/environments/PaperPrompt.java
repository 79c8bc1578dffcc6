package org.gtrturbo.environments;

import java.util.List;
import java.util.stream.Collectors;

/**
 * Prompts of {@link Rendering#PAPER}: role, goal, formula so far, choice of actions and the JSON
 * keys of the answer.
 */
final class PaperPrompt {

  /** No prompt below has more words. */
  static final int MAX_WORDS = 256;

  /** RL4VLM cuts answers off after 256 tokens, of which a word needs one or more. */
  static final int MAX_ANSWER_WORDS = 256;

  private static final String NUMBER_LINE =
      """
      You are a skilled player of number games. The picture shows a target number and a current number between 0 and 5.
      Make the current number equal to the target number. The action '+' adds 1 to the current number, '-' takes 1 away.
      Answer with nothing but one valid JSON object of this form:
      {
      "current number": the current number,
      "target number": the target number,
      "thoughts": "which of them is greater, and what follows from it",
      "action": "+ or -"
      }
      """;

  private PaperPrompt() {}

  static String points(PointsRules rules, List<String> formula) {
    var choice =
        rules.actions().stream()
            .map(action -> "'" + action + "'")
            .collect(Collectors.joining(", "));
    var sofar =
        formula.stream()
            .filter(entry -> !entry.equals(Formula.BLANK))
            .collect(Collectors.joining(" "));
    return """
    You are a skilled player of card games. The picture shows %d playing cards and the formula so far.
    Build a formula that is worth %d and uses the number of every card exactly once. An ace counts 1; J, Q and K count 10.
    The formula so far is '%s'. You append one entry to it in each turn, and hand it in with '='.
    Choose the next entry from [%s].
    Answer with nothing but one valid JSON object of this form:
    {
    "cards": [the number of every card, from left to right],
    "formula": "the formula so far",
    "thoughts": "which formula is worth %d, and which entry comes next",
    "action": "the entry"
    }
    """
        .formatted(rules.cards(), rules.target(), sofar, choice, rules.target());
  }

  static String numberLine() {
    return NUMBER_LINE;
  }
}
