package org.gtrturbo.policy;

import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.StringJoiner;
import java.util.StringTokenizer;

/** Words as tokens: a text is its words between blanks, a token is a word's place in the list. */
public final class Vocabulary {
  /** The word after which the action stands. */
  public static final String ACTION_MARKER = "<act>";

  /** The token that fills sequences up; it is never generated text. */
  public static final int PADDING = 0;

  private final List<String> words;
  private final Map<String, Integer> tokens = new HashMap<>();
  private final int actionMarker;

  public Vocabulary(List<String> words) {
    this.words = List.copyOf(words);
    for (int token = 0; token < this.words.size(); token++) {
      if (tokens.put(this.words.get(token), token) != null) {
        throw new IllegalArgumentException(
            "the vocabulary has " + this.words.get(token) + " twice");
      }
    }
    this.actionMarker = token(ACTION_MARKER);
  }

  public int size() {
    return words.size();
  }

  public int actionMarker() {
    return actionMarker;
  }

  public int token(String word) {
    Integer token = tokens.get(word);
    if (token == null) {
      throw new IllegalArgumentException("the word " + word + " is not in the vocabulary " + words);
    }
    return token;
  }

  public int[] encode(String text) {
    StringTokenizer parts = new StringTokenizer(text);
    int[] encoded = new int[parts.countTokens()];
    for (int index = 0; index < encoded.length; index++) {
      encoded[index] = token(parts.nextToken());
    }
    return encoded;
  }

  /** {@code text} padded to {@code length} tokens. */
  public int[] encodePadded(String text, int length) {
    int[] encoded = encode(text);
    if (encoded.length > length) {
      throw new IllegalArgumentException(
          "a prompt may have " + length + " tokens, this one has " + encoded.length + ": " + text);
    }
    return Arrays.copyOf(encoded, length);
  }

  public String decode(int[] encoded) {
    StringJoiner text = new StringJoiner(" ");
    for (int token : encoded) {
      text.add(words.get(token));
    }
    return text.toString();
  }

  /**
   * How many of {@code encoded} belong to the thought: those before the first action marker, or
   * all.
   */
  public int thoughtLength(int[] encoded) {
    for (int index = 0; index < encoded.length; index++) {
      if (encoded[index] == actionMarker) {
        return index;
      }
    }
    return encoded.length;
  }
}
