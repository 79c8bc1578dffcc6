package org.gtrturbo.environments;

/**
 * An exact rational number in lowest terms, or {@link #UNDEFINED}, which every operation hands on.
 *
 * <p>Operations throw {@link ArithmeticException} where a part leaves 64 bits, which a formula over
 * the numbers of a hand never does.
 */
record Fraction(long numerator, long denominator) {

  /** What a division by zero gives. */
  static final Fraction UNDEFINED = new Fraction(0, 0);

  static Fraction of(long value) {
    return new Fraction(value, 1);
  }

  Fraction plus(Fraction other) {
    return lowest(
        Math.addExact(
            Math.multiplyExact(numerator, other.denominator),
            Math.multiplyExact(other.numerator, denominator)),
        Math.multiplyExact(denominator, other.denominator));
  }

  Fraction minus(Fraction other) {
    return plus(other.negated());
  }

  Fraction times(Fraction other) {
    return lowest(
        Math.multiplyExact(numerator, other.numerator),
        Math.multiplyExact(denominator, other.denominator));
  }

  /** {@link #UNDEFINED} where {@code other} is 0. */
  Fraction over(Fraction other) {
    return lowest(
        Math.multiplyExact(numerator, other.denominator),
        Math.multiplyExact(denominator, other.numerator));
  }

  Fraction negated() {
    return new Fraction(Math.negateExact(numerator), denominator);
  }

  private static Fraction lowest(long numerator, long denominator) {
    if (denominator == 0) {
      return UNDEFINED;
    }
    long a = Math.abs(numerator);
    long b = Math.abs(denominator);
    while (b != 0) {
      long remainder = a % b;
      a = b;
      b = remainder;
    }
    long divisor = denominator < 0 ? -a : a;
    return new Fraction(numerator / divisor, denominator / divisor);
  }
}
