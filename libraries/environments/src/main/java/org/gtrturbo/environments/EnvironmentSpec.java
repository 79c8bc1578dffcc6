package org.gtrturbo.environments;

import java.util.List;

/**
 * What an agent has to know of an environment before it plays.
 *
 * @param name the name that {@link Environments#named} knows it by
 * @param actions every action, in the order in which policies may number them
 * @param picture shape of every picture
 * @param texts vocabulary and length limits of prompts and answers
 * @param maxTurns no episode has more turns
 * @param rewardScale factor that brings the largest reward to about 1; a hint for learners, never
 *     applied here
 */
public record EnvironmentSpec(
    String name,
    List<String> actions,
    PictureShape picture,
    Texts texts,
    int maxTurns,
    double rewardScale) {

  public EnvironmentSpec {
    actions = List.copyOf(actions);
  }

  /** Shape of a picture in pixels; {@code channels} is 1 for grey and 3 for red, green, blue. */
  public record PictureShape(int width, int height, int channels) {

    /** Length of the pixel array of a picture of this shape. */
    public int bytes() {
      return width * height * channels;
    }
  }

  /**
   * What prompts and answers are made of.
   *
   * @param words every word that can stand in a prompt or an answer, one ordered list for all
   *     environments, {@code <pad>} first; empty where prompts and answers are free text ({@link
   *     Rendering#PAPER})
   * @param maxPromptWords no prompt has more words, counted between white space
   * @param maxGeneratedWords an answer may be cut off after this many words
   */
  public record Texts(List<String> words, int maxPromptWords, int maxGeneratedWords) {

    public Texts {
      words = List.copyOf(words);
    }
  }
}
