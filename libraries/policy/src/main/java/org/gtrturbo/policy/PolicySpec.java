package org.gtrturbo.policy;

import java.util.List;

/**
 * What a policy is, all but its weights: written as {@code policy.json} and into the metadata of
 * every exported model.
 *
 * <p>Letters used for shapes: N batch, P image patches, Q prompt tokens, G generated tokens, V
 * words, D width.
 */
public record PolicySpec(PictureSpec picture, TextSpec text, NetworkSpec network) {

  /**
   * Pixels that the policy sees, uint8 (height, width, channels), and the patches that they are cut
   * into.
   */
  public record PictureSpec(int height, int width, int channels, int patchHeight, int patchWidth) {
    public PictureSpec {
      requirePositive("picture height", height);
      requirePositive("picture width", width);
      requirePositive("picture channels", channels);
      requireDivides("patch height", patchHeight, "picture height", height);
      requireDivides("patch width", patchWidth, "picture width", width);
    }

    /** P. */
    public int patches() {
      return height / patchHeight * (width / patchWidth);
    }

    public int patchPixels() {
      return patchHeight * patchWidth * channels;
    }

    public int pixels() {
      return height * width * channels;
    }
  }

  /**
   * @param words the vocabulary; the first is padding
   * @param promptTokens Q, to which every prompt is padded
   * @param generatedTokens the most tokens that a turn may have
   */
  public record TextSpec(List<String> words, int promptTokens, int generatedTokens) {
    public TextSpec {
      words = List.copyOf(words);
      requirePositive("prompt tokens", promptTokens);
      if (generatedTokens < 2) {
        throw new IllegalArgumentException(
            "a turn needs room for an action marker and an action: generated tokens must be >= 2,"
                + " got "
                + generatedTokens);
      }
    }
  }

  /** What computes the policy. */
  public sealed interface NetworkSpec permits TransformerSpec {}

  /** The built-in network: a pre-norm transformer of {@code layers} blocks. */
  public record TransformerSpec(int width, int layers, int heads, int feedForward)
      implements NetworkSpec {
    public TransformerSpec {
      requirePositive("policy layers", layers);
      requirePositive("policy feed-forward width", feedForward);
      requireDivides("policy heads", heads, "policy width", width);
    }

    public int headWidth() {
      return width / heads;
    }
  }

  /**
   * The built-in network's size.
   *
   * @throws IllegalStateException if another network computes the policy
   */
  public TransformerSpec transformer() {
    return switch (network) {
      case TransformerSpec transformer -> transformer;
    };
  }

  /** P + Q: tokens that stand before the first generated one. */
  public int contextTokens() {
    return picture.patches() + text.promptTokens();
  }

  /** The most tokens of a sequence. */
  public int sequenceTokens() {
    return contextTokens() + text.generatedTokens();
  }

  /** V. */
  public int vocabularySize() {
    return text.words().size();
  }

  private static void requirePositive(String what, int value) {
    if (value <= 0) {
      throw new IllegalArgumentException(what + " must be positive, got " + value);
    }
  }

  private static void requireDivides(String part, int divisor, String whole, int value) {
    requirePositive(part, divisor);
    if (value % divisor != 0) {
      throw new IllegalArgumentException(
          part + " " + divisor + " must divide " + whole + " " + value);
    }
  }
}
