package org.gtrturbo.environments;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.IntStream;

/**
 * The bitmaps of {@link Rendering#SMALL}. They are drawn here and not by a system font, because a
 * bare server has none and every machine must draw the same pixels.
 */
final class SmallFont {

  private static final int CELL = 8;

  private static final String DIGITS =
      """
      .####.....##.....####...#####......##...######....###...######...####....####...
      ##..##...###....##..##......##....###...##.......##.........##..##..##..##..##..
      ##..##....##........##......##...####...#####...##.........##...##..##..##..##..
      ##..##....##.......##....####...##.##.......##..#####......##....####....#####..
      ##..##....##......##........##..######......##..##..##....##....##..##......##..
      ##..##....##.....##.........##.....##...##..##..##..##....##....##..##.....##...
      .####....####...######..#####......##....####....####.....##.....####....###....
      """;

  private static final String LETTERS_AND_TEN =
      """
      ..##.......###...####...##..##...#..###.
      .####.......##..##..##..##.##...##.##.##
      ##..##......##..##..##..####.....#.##.##
      ##..##......##..##..##..###......#.##.##
      ######......##..##.###..####.....#.##.##
      ##..##..##..##..##..##..##.##....#.##.##
      ##..##...####....###.##.##..##..###.###.
      """;

  private static final String OPERATORS =
      """
      .............................##....##....##.............
      ..##............##..##......##....##......##............
      ..##.............####.......##...##........##...######..
      ######..######..######.....##....##........##...........
      ..##.............####.....##.....##........##...######..
      ..##............##..##....##......##......##............
      .........................##........##....##.............
      """;

  private static final String SUITS =
      """
      .##.##.....#.......#......###...
      #######...###.....###.....###...
      #######..#####...#####..##.#.##.
      #######.#######.#######.#######.
      .#####..#######..#####..##.#.##.
      ..###...##.#.##...###......#....
      ...#......###......#......###...
      """;

  private static final String LABELS =
      """
      .##..#...#..#....##.#.#.##......
      #...#.#.#.#.#...#...#.#.#.#.....
      #.#.#.#.###.#...#...#.#.##......
      #.#.#.#.#.#.#...#...#.#.#.#.....
      .##..#..#.#.###..##.###.#.#.....
      """;

  private static final Map<String, List<String>> SYMBOLS = symbols();

  /** Each row of a label as wide as {@link SmallDrawing} has room left of the numbers. */
  static final List<String> GOAL = cells(LABELS, 2 * CELL).get(0);

  static final List<String> CURRENT = cells(LABELS, 2 * CELL).get(1);

  private SmallFont() {}

  /**
   * Rows of 8 pixels, {@code #} for ink, of a number from 0 to 10, a face's letter or an operator.
   */
  static List<String> symbol(String word) {
    return Objects.requireNonNull(SYMBOLS.get(word), word);
  }

  /** Rows of 8 pixels, {@code #} for ink. */
  static List<String> suit(Card.Suit suit) {
    return symbol(suit.name());
  }

  private static Map<String, List<String>> symbols() {
    Map<String, List<String>> symbols = new HashMap<>();
    put(symbols, DIGITS, "0 1 2 3 4 5 6 7 8 9");
    put(symbols, LETTERS_AND_TEN, "A J Q K 10");
    put(symbols, OPERATORS, "+ - * / ( ) =");
    put(symbols, SUITS, "HEARTS SPADES DIAMONDS CLUBS");
    return Map.copyOf(symbols);
  }

  private static void put(Map<String, List<String>> symbols, String sheet, String words) {
    var cells = cells(sheet, CELL);
    var names = words.split(" ", -1);
    for (int i = 0; i < names.length; i++) {
      symbols.put(names[i], cells.get(i));
    }
  }

  private static List<List<String>> cells(String sheet, int width) {
    var lines = sheet.lines().toList();
    return IntStream.range(0, lines.getFirst().length() / width)
        .mapToObj(
            cell ->
                lines.stream().map(row -> row.substring(cell * width, (cell + 1) * width)).toList())
        .toList();
  }
}
