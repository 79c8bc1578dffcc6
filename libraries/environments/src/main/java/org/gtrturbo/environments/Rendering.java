package org.gtrturbo.environments;

/**
 * How observations are written and drawn: for the built-in small policy, or as RL4VLM's gym_cards
 * has them.
 */
public enum Rendering {
  /**
   * Grey pictures of a few dozen pixels a side; prompts and answers in a closed vocabulary of words
   * between blanks, for instance {@code task 3 * .} answered by {@code cards 3 4 sofar 3 * rest 4 =
   * . <act> 4}.
   */
  SMALL,
  /**
   * Pictures of 300 x 300 pixels in colour; prompts in English that ask for an answer in JSON whose
   * last key is {@code "action"}, for policies that are large language models.
   */
  PAPER
}
