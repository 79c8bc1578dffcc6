package org.gtrturbo.environments;

import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.stream.LongStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Formulas are worth what arithmetic says, exactly, or nothing where they are none. */
class FormulaTest {

  @ParameterizedTest(name = "{0} is {1}/{2}")
  @CsvSource({
    "8 / ( 3 - 8 / 3 ),           24, 1",
    "1 + 2 * 3,                    7, 1",
    "( 1 + 2 ) * 3,                9, 1",
    "8 - 3 - 2,                    3, 1",
    "8 / 4 / 2,                    1, 1",
    "8 / ( 4 / 2 ),                4, 1",
    "2 * 3 / 4,                    3, 2",
    "1 / 3 + 1 / 6,                1, 2",
    "- 2 + 3,                      1, 1",
    "2 - - 3,                      5, 1",
    "2 * - 3,                     -6, 1",
    "+ + 2,                        2, 1",
    "- ( 2 - 5 ) * 4,             12, 1",
    "( ( 7 ) ),                    7, 1",
    "0 / 5,                        0, 1",
    "1 / ( 2 - 4 ),               -1, 2",
    // the blank of a refused number beside operators and parentheses
    "_ 3 * _ 4 _,                 12, 1",
    "( _ 3 _ ) _ * 4,             12, 1",
  })
  void isWorthWhatArithmeticSays(String entries, long numerator, long denominator) {
    assertThat(Formula.value(Entries.of(entries))).contains(new Fraction(numerator, denominator));
  }

  @ParameterizedTest(name = "{0}")
  @ValueSource(
      strings = {
        "",
        "_",
        "3 4",
        "3 _ 4",
        "1 0",
        "3 +",
        "* 3",
        "3 * * 2",
        "8 / / 3",
        "3 * _ * 2",
        "( 3",
        "3 )",
        "( )",
        ") 3 (",
        "( 3 ) ( 4 )",
        "2 ( 3 )",
        "( 3 ) 2",
        "( ) 3",
        "3 ( )",
        "+",
        "( 3 + ) 4",
        "3 = 3",
        "1 / 0",
        "1 / ( 2 - 2 )",
        "0 / ( 3 - 3 )",
        "0 * ( 1 / 0 )",
        "( 1 / 0 ) - ( 1 / 0 )"
      })
  void isWorthNothingWhereItIsNoneOrDividesByZero(String entries) {
    assertThat(Formula.value(Entries.of(entries))).isEmpty();
  }

  @ParameterizedTest(name = "seed {0}")
  @MethodSource("seeds")
  void agreesWithAnEvaluatorThatSplitsAtTheWeakestOperator(long seed) {
    var random = new SplittableRandom(seed);
    int defined = 0;
    for (int i = 0; i < 4000; i++) {
      var entries = random.nextInt(4) == 0 ? soup(random) : expression(random, 3);
      if (random.nextInt(3) == 0) {
        entries = damaged(entries, random);
      }
      var expected = SplittingEvaluator.value(entries);
      defined += expected.isPresent() ? 1 : 0;
      assertThat(Formula.value(entries).map(value -> value.numerator() + "/" + value.denominator()))
          .as(String.join(" ", entries))
          .isEqualTo(expected);
    }
    assertThat(defined).as("formulas with a value").isBetween(1000, 3600);
  }

  static LongStream seeds() {
    return LongStream.range(0, 8);
  }

  private static List<String> soup(SplittableRandom random) {
    var actions = List.of("1", "2", "3", "10", "+", "-", "*", "/", "(", ")", Formula.BLANK);
    List<String> entries = new ArrayList<>();
    int length = 1 + random.nextInt(7);
    for (int i = 0; i < length; i++) {
      entries.add(actions.get(random.nextInt(actions.size())));
    }
    return entries;
  }

  private static List<String> expression(SplittableRandom random, int depth) {
    List<String> entries = new ArrayList<>();
    switch (depth == 0 ? 0 : random.nextInt(6)) {
      case 0 -> entries.add(Integer.toString(random.nextInt(11)));
      case 1 -> {
        entries.add(random.nextBoolean() ? "-" : "+");
        entries.addAll(expression(random, depth - 1));
      }
      case 2 -> {
        entries.add("(");
        entries.addAll(expression(random, depth - 1));
        entries.add(")");
      }
      default -> {
        entries.addAll(expression(random, depth - 1));
        entries.add(List.of("+", "-", "*", "/").get(random.nextInt(4)));
        entries.addAll(expression(random, depth - 1));
      }
    }
    return entries;
  }

  /** One entry left out or one blank put in. */
  private static List<String> damaged(List<String> entries, SplittableRandom random) {
    var damaged = new ArrayList<>(entries);
    int at = random.nextInt(entries.size());
    if (random.nextBoolean()) {
      damaged.remove(at);
    } else {
      damaged.add(at, Formula.BLANK);
    }
    return damaged;
  }

  /** A second opinion: no grammar, but the search for the operator that is applied last. */
  private static final class SplittingEvaluator {

    private SplittingEvaluator() {}

    static Optional<String> value(List<String> entries) {
      var solid = entries.stream().filter(entry -> !entry.equals(Formula.BLANK)).toList();
      return split(solid).map(parts -> parts.numerator + "/" + parts.denominator);
    }

    private record Parts(BigInteger numerator, BigInteger denominator) {

      static Optional<Parts> of(BigInteger numerator, BigInteger denominator) {
        if (denominator.signum() == 0) {
          return Optional.empty();
        }
        var divisor = numerator.gcd(denominator);
        if (denominator.signum() < 0) {
          divisor = divisor.negate();
        }
        return Optional.of(new Parts(numerator.divide(divisor), denominator.divide(divisor)));
      }
    }

    private static Optional<Parts> split(List<String> entries) {
      for (var operators : List.of("+-", "*/")) {
        int at = lastBinary(entries, operators);
        if (at >= 0) {
          var left = split(entries.subList(0, at));
          var right = split(entries.subList(at + 1, entries.size()));
          return left.flatMap(l -> right.flatMap(r -> applied(entries.get(at), l, r)));
        }
      }
      return atom(entries);
    }

    private static Optional<Parts> atom(List<String> entries) {
      if (entries.isEmpty()) {
        return Optional.empty();
      }
      var inner = entries.subList(1, entries.size());
      return switch (entries.getFirst()) {
        case "+" -> split(inner);
        case "-" -> split(inner).flatMap(p -> Parts.of(p.numerator.negate(), p.denominator));
        case "(" ->
            entries.getLast().equals(")") && entries.size() > 2
                ? split(entries.subList(1, entries.size() - 1))
                : Optional.empty();
        default ->
            entries.size() == 1 && Character.isDigit(entries.getFirst().charAt(0))
                ? Parts.of(new BigInteger(entries.getFirst()), BigInteger.ONE)
                : Optional.empty();
      };
    }

    private static Optional<Parts> applied(String operator, Parts left, Parts right) {
      var down = left.denominator.multiply(right.denominator);
      var crossLeft = left.numerator.multiply(right.denominator);
      var crossRight = right.numerator.multiply(left.denominator);
      return switch (operator) {
        case "+" -> Parts.of(crossLeft.add(crossRight), down);
        case "-" -> Parts.of(crossLeft.subtract(crossRight), down);
        case "*" -> Parts.of(left.numerator.multiply(right.numerator), down);
        default -> Parts.of(crossLeft, crossRight);
      };
    }

    /** Outside of parentheses, with an operand before it. */
    private static int lastBinary(List<String> entries, String operators) {
      int depth = 0;
      for (int i = entries.size() - 1; i > 0; i--) {
        var entry = entries.get(i);
        depth += entry.equals(")") ? 1 : entry.equals("(") ? -1 : 0;
        var before = entries.get(i - 1);
        boolean binary = before.equals(")") || Character.isDigit(before.charAt(0));
        if (depth == 0 && binary && operators.contains(entry)) {
          return i;
        }
      }
      return -1;
    }
  }
}
