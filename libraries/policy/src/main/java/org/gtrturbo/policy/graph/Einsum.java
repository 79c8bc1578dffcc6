package org.gtrturbo.policy.graph;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * An equation of Einstein's summation: one letter for each axis of each operand and of the result.
 */
public record Einsum(List<String> operands, String result) {
  public Einsum {
    operands = List.copyOf(operands);
  }

  /**
   * @param equation with or without {@code ->}; without, the result has the letters that occur
   *     once, in alphabetical order
   * @throws IllegalArgumentException for an ellipsis and for a letter twice in one operand
   */
  public static Einsum parse(String equation) {
    String compact = equation.replace(" ", "");
    if (compact.contains(".")) {
      throw new IllegalArgumentException(
          "Einsum " + equation + " has an ellipsis; name its axes by letters");
    }
    int arrow = compact.indexOf("->");
    String left = arrow < 0 ? compact : compact.substring(0, arrow);
    List<String> operands = List.of(left.split(",", -1));
    for (String operand : operands) {
      if (operand.chars().distinct().count() != operand.length()) {
        throw new IllegalArgumentException(
            "Einsum " + equation + " takes a diagonal (" + operand + "); use Gather for it");
      }
    }
    return new Einsum(operands, arrow < 0 ? implicit(operands) : compact.substring(arrow + 2));
  }

  /**
   * {@code equation} with letters in place of each ellipsis, which stands for as many axes in every
   * operand and in the result.
   *
   * @throws IllegalArgumentException if it does not stand for equally many
   */
  public static String spelledOut(String equation, List<Integer> ranks) {
    String compact = equation.replace(" ", "");
    int arrow = compact.indexOf("->");
    if (arrow < 0) {
      throw new IllegalArgumentException(
          "Einsum " + equation + " has an ellipsis but no ->; write the result's axes out");
    }
    List<String> operands = List.of(compact.substring(0, arrow).split(",", -1));
    int axes = -1;
    for (int index = 0; index < operands.size(); index++) {
      if (operands.get(index).contains("...")) {
        int own = ranks.get(index) - (operands.get(index).length() - 3);
        if (axes >= 0 && own != axes) {
          throw new IllegalArgumentException(
              "Einsum " + equation + ": the ellipsis stands for " + axes + " and " + own + " axes");
        }
        axes = own;
      }
    }
    StringBuilder letters = new StringBuilder();
    for (char letter = 'A'; letters.length() < axes; letter++) {
      if (compact.indexOf(letter) < 0) {
        letters.append(letter);
      }
    }
    return compact.replace("...", letters);
  }

  private static String implicit(List<String> operands) {
    Map<Character, Integer> uses = new TreeMap<>();
    String.join("", operands).chars().forEach(letter -> uses.merge((char) letter, 1, Integer::sum));
    return uses.entrySet().stream()
        .filter(use -> use.getValue() == 1)
        .map(use -> String.valueOf(use.getKey()))
        .collect(Collectors.joining());
  }

  /** The length of each letter's axis. */
  public Map<Character, Long> lengths(List<Shape> shapes) {
    Map<Character, Long> lengths = new HashMap<>();
    for (int index = 0; index < operands.size(); index++) {
      String letters = operands.get(index);
      if (letters.length() != shapes.get(index).rank()) {
        throw new IllegalArgumentException(
            "Einsum " + this + ": operand " + index + " has shape " + shapes.get(index));
      }
      for (int axis = 0; axis < letters.length(); axis++) {
        lengths.merge(letters.charAt(axis), shapes.get(index).at(axis), this::agreed);
      }
    }
    return lengths;
  }

  private long agreed(long first, long second) {
    if (first != second && first != Shape.DYNAMIC && second != Shape.DYNAMIC) {
      throw new IllegalArgumentException(
          "Einsum " + this + ": one letter stands for axes of " + first + " and " + second);
    }
    return Math.max(first, second);
  }

  public Shape resultShape(List<Shape> shapes) {
    Map<Character, Long> lengths = lengths(shapes);
    List<Long> dimensions = new ArrayList<>();
    for (int axis = 0; axis < result.length(); axis++) {
      char letter = result.charAt(axis);
      Long length = lengths.get(letter);
      if (length == null) {
        throw new IllegalArgumentException("Einsum " + this + ": " + letter + " is in no operand");
      }
      dimensions.add(length);
    }
    return Shape.of(dimensions);
  }

  @Override
  public String toString() {
    return String.join(",", operands) + "->" + result;
  }
}
