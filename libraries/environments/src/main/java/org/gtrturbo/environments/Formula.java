package org.gtrturbo.environments;

import java.util.List;
import java.util.Optional;

/**
 * Evaluates the formula that a player built entry by entry.
 *
 * <p>Compatibility: RL4VLM joins the entries and hands them to Python's {@code eval}. The grammar
 * here is the part of Python's that card players mean: {@code + - * /} with their usual precedence,
 * parentheses, signs. It departs from Python where that would reward a trick or punish arithmetic:
 *
 * <ul>
 *   <li>numbers that stand side by side do not grow together: {@code 1 2} is no formula, not 12;
 *   <li>{@code * *} is no power and {@code / /} no floor division: both are no formula;
 *   <li>values are exact: {@code 8 / ( 3 - 8 / 3 )} is 24, where Python has 23.999999999999989.
 * </ul>
 *
 * <p>The blank that a refused number leaves behind means nothing, as in Python; two numbers around
 * it still stand side by side.
 */
final class Formula {

  /** What a refused number leaves in a formula. */
  static final String BLANK = " ";

  private static final String END = "";

  private final List<String> entries;
  private int position;

  private Formula(List<String> entries) {
    this.entries = entries;
  }

  /** The value; empty where the entries are no formula or divide by zero. */
  static Optional<Fraction> value(List<String> entries) {
    var formula = new Formula(entries);
    var value = formula.sum();
    boolean defined = formula.next().equals(END) && !value.equals(Fraction.UNDEFINED);
    return defined ? Optional.of(value) : Optional.empty();
  }

  private Fraction sum() {
    var value = product();
    while (true) {
      if (take("+")) {
        value = value.plus(product());
      } else if (take("-")) {
        value = value.minus(product());
      } else {
        return value;
      }
    }
  }

  private Fraction product() {
    var value = signed();
    while (true) {
      if (take("*")) {
        value = value.times(signed());
      } else if (take("/")) {
        value = value.over(signed());
      } else {
        return value;
      }
    }
  }

  private Fraction signed() {
    if (take("-")) {
      return signed().negated();
    }
    return take("+") ? signed() : operand();
  }

  private Fraction operand() {
    if (take("(")) {
      var value = sum();
      return take(")") ? value : Fraction.UNDEFINED;
    }
    var entry = next();
    position++;
    // A broken formula reads as an undefined value, which nothing that follows can mend.
    return isNumber(entry) ? Fraction.of(Integer.parseInt(entry)) : Fraction.UNDEFINED;
  }

  /** Moves on if the next entry is this symbol. */
  private boolean take(String symbol) {
    boolean found = next().equals(symbol);
    if (found) {
      position++;
    }
    return found;
  }

  /** The entry at the position, blanks skipped; {@link #END} behind the last one. */
  private String next() {
    while (position < entries.size() && entries.get(position).equals(BLANK)) {
      position++;
    }
    return position < entries.size() ? entries.get(position) : END;
  }

  static boolean isNumber(String entry) {
    return !entry.isEmpty() && Character.isDigit(entry.charAt(0));
  }
}
