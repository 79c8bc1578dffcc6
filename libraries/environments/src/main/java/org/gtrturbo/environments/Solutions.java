package org.gtrturbo.environments;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * Enumerates the formulas that make a target from a hand; each hand is enumerated once in the life
 * of the process.
 */
final class Solutions {

  private static final Comparator<List<String>> SHORTEST_FIRST =
      Comparator.<List<String>>comparingInt(List::size).thenComparing(Solutions::lexicographic);

  private static final Map<Hand, List<List<String>>> KNOWN = new ConcurrentHashMap<>();

  private Solutions() {}

  private record Hand(List<Integer> sortedValues, int target, List<String> operators) {}

  /**
   * The formulas with value {@code target} that use each of the 2 to 4 values once, without {@code
   * =}; shortest first, then in lexicographic order of their entries. A formula in parentheses is
   * left out where it is right without them.
   */
  static List<List<String>> of(List<Integer> values, int target, List<String> operators) {
    var hand = new Hand(values.stream().sorted().toList(), target, operators);
    return KNOWN.computeIfAbsent(hand, Solutions::enumerate);
  }

  /** Places of numbers (n) and operators (?); every other bracketing equals one of these. */
  private static List<String> shapes(int numbers) {
    return switch (numbers) {
      case 2 -> List.of("n?n");
      case 3 -> List.of("n?n?n", "(n?n)?n", "n?(n?n)");
      case 4 ->
          List.of(
              "n?n?n?n",
              "(n?n)?n?n",
              "n?(n?n)?n",
              "n?n?(n?n)",
              "(n?n)?(n?n)",
              "(n?n?n)?n",
              "n?(n?n?n)");
      default -> throw new IllegalArgumentException("a hand has 2, 3 or 4 numbers, got " + numbers);
    };
  }

  private static List<List<String>> enumerate(Hand hand) {
    var target = Fraction.of(hand.target);
    var orders = orders(hand.sortedValues).toList();
    Set<List<String>> right = new HashSet<>();
    for (var shape : shapes(hand.sortedValues.size())) {
      for (var order : orders) {
        choices(hand.operators.size(), order.size() - 1)
            .filter(
                choice -> new Estimate(shape, order, hand.operators, choice).isNear(hand.target))
            .mapToObj(choice -> filled(shape, order, hand.operators, choice))
            .filter(formula -> Formula.value(formula).filter(target::equals).isPresent())
            .forEach(right::add);
      }
    }
    return right.stream()
        .filter(formula -> !bracketed(formula) || !right.contains(withoutBrackets(formula)))
        .sorted(SHORTEST_FIRST)
        .toList();
  }

  /** Every different order of the values. */
  private static Stream<List<Integer>> orders(List<Integer> values) {
    if (values.isEmpty()) {
      return Stream.of(List.of());
    }
    return values.stream()
        .distinct()
        .flatMap(
            first -> {
              var others = new ArrayList<>(values);
              others.remove(/* element */ first);
              return orders(others)
                  .map(rest -> Stream.concat(Stream.of(first), rest.stream()).toList());
            });
  }

  /** Every choice of operators for so many places, a digit for each. */
  private static IntStream choices(int operators, int places) {
    return IntStream.range(0, (int) Math.pow(operators, places));
  }

  /** A shape filled with numbers in one order and one choice of operators. */
  private static List<String> filled(
      String shape, List<Integer> order, List<String> operators, int choice) {
    List<String> formula = new ArrayList<>(shape.length());
    int number = 0;
    int digits = choice;
    for (int i = 0; i < shape.length(); i++) {
      char place = shape.charAt(i);
      switch (place) {
        case 'n' -> formula.add(Integer.toString(order.get(number++)));
        case '?' -> {
          formula.add(operators.get(digits % operators.size()));
          digits /= operators.size();
        }
        default -> formula.add(String.valueOf(place));
      }
    }
    return formula;
  }

  /**
   * The value of a filled shape in floating point: it leaves out nearly everything that is wrong
   * before a formula is written and evaluated exactly.
   */
  private static final class Estimate {
    private static final double NEAR = 1e-6;
    private static final char END = '.';

    private final String shape;
    private final List<Integer> order;
    private final List<String> operators;
    private int digits;
    private int position;
    private int number;

    Estimate(String shape, List<Integer> order, List<String> operators, int choice) {
      this.shape = shape;
      this.order = order;
      this.operators = operators;
      this.digits = choice;
    }

    /** Never of a division by zero. */
    boolean isNear(int target) {
      return Math.abs(sum() - target) < NEAR;
    }

    private double sum() {
      double value = product();
      while (true) {
        switch (operator()) {
          case '+' -> value += nextProduct();
          case '-' -> value -= nextProduct();
          default -> {
            return value;
          }
        }
      }
    }

    private double nextProduct() {
      next();
      return product();
    }

    private double product() {
      double value = operand();
      while (true) {
        switch (operator()) {
          case '*' -> value *= nextOperand();
          case '/' -> value /= nextOperand();
          default -> {
            return value;
          }
        }
      }
    }

    private double nextOperand() {
      next();
      return operand();
    }

    private double operand() {
      if (shape.charAt(position++) == 'n') {
        return order.get(number++);
      }
      double value = sum();
      position++;
      return value;
    }

    /** The operator here; {@link #END} behind a sum. */
    private char operator() {
      return position < shape.length() && shape.charAt(position) == '?'
          ? operators.get(digits % operators.size()).charAt(0)
          : END;
    }

    private void next() {
      position++;
      digits /= operators.size();
    }
  }

  private static boolean bracketed(List<String> formula) {
    return formula.contains("(");
  }

  private static List<String> withoutBrackets(List<String> formula) {
    return formula.stream().filter(entry -> !entry.equals("(") && !entry.equals(")")).toList();
  }

  private static int lexicographic(List<String> left, List<String> right) {
    for (int i = 0; i < left.size(); i++) {
      int order = left.get(i).compareTo(right.get(i));
      if (order != 0) {
        return order;
      }
    }
    return 0;
  }
}
