package org.gtrturbo.environments;

/**
 * A playing card.
 *
 * @param rank 1 (ace) to 13 (king)
 */
record Card(int rank, Suit suit) {

  enum Suit {
    HEARTS,
    SPADES,
    DIAMONDS,
    CLUBS;

    boolean red() {
      return this == HEARTS || this == DIAMONDS;
    }
  }

  /** What the card counts: 1 to 10. */
  int value() {
    return Math.min(rank, 10);
  }

  /** What is printed in the card's corner. */
  String label() {
    return switch (rank) {
      case 1 -> "A";
      case 11 -> "J";
      case 12 -> "Q";
      case 13 -> "K";
      default -> Integer.toString(rank);
    };
  }
}
