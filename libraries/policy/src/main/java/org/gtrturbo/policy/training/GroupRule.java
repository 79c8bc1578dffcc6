package org.gtrturbo.policy.training;

import static java.util.stream.Collectors.joining;

import java.util.Arrays;
import java.util.OptionalDouble;
import java.util.regex.Pattern;

/**
 * What is special about the training of the tensors whose names fit a pattern.
 *
 * @param pattern a tensor's name, where {@code *} stands for any characters
 * @param learningRateFactor times the learning rate
 * @param weightDecay the optimizer's where empty
 * @param frozen whether they are not trained at all
 */
public record GroupRule(
    String pattern, double learningRateFactor, OptionalDouble weightDecay, boolean frozen) {
  public GroupRule {
    if (pattern.isBlank()) {
      throw new IllegalArgumentException("a parameter group needs a pattern of tensor names");
    }
    if (!(learningRateFactor >= 0) || weightDecay.orElse(0) < 0) {
      throw new IllegalArgumentException(
          "the group "
              + pattern
              + " must have a learning rate factor and a weight decay of at least 0, got "
              + learningRateFactor
              + " and "
              + weightDecay);
    }
  }

  /** Tensors that keep the values that they have. */
  public static GroupRule frozen(String pattern) {
    return new GroupRule(pattern, 0, OptionalDouble.empty(), true);
  }

  boolean fits(String name) {
    return fits(pattern, name);
  }

  /** Whether a name fits a pattern in which {@code *} stands for any characters. */
  public static boolean fits(String pattern, String name) {
    String expression =
        Arrays.stream(pattern.split("\\*", -1)).map(Pattern::quote).collect(joining(".*"));
    return Pattern.matches(expression, name);
  }
}
