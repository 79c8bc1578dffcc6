package org.gtrturbo.environments;

import java.util.List;

/**
 * Writes formulas and hands in one string: entries between blanks, {@code _} for a refused number.
 */
final class Entries {

  private Entries() {}

  static List<String> of(String entries) {
    if (entries.isEmpty()) {
      return List.of();
    }
    return List.of(entries.split(" ", -1)).stream()
        .map(entry -> entry.equals("_") ? Formula.BLANK : entry)
        .toList();
  }

  /** Cards of one suit. */
  static List<Card> hand(String ranks) {
    return of(ranks).stream()
        .map(rank -> new Card(Integer.parseInt(rank), Card.Suit.SPADES))
        .toList();
  }

  static List<Integer> values(String values) {
    return of(values).stream().map(Integer::valueOf).toList();
  }
}
