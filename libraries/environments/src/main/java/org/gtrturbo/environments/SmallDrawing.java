package org.gtrturbo.environments;

import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * Draws the grey pictures of {@link Rendering#SMALL}: cards of 16 x 24 pixels side by side, below
 * them the formula, 8 x 8 pixels an entry. Cards and entries are drawn once and then copied.
 */
final class SmallDrawing {

  /** Target above, current number below, each behind its label. */
  static final EnvironmentSpec.PictureShape NUMBER_LINE =
      new EnvironmentSpec.PictureShape(32, 16, 1);

  private static final int CARD_WIDTH = 16;
  private static final int CARD_HEIGHT = 24;
  private static final int ENTRY_SIZE = 8;

  private static final int BLACK = 0;
  private static final int FELT = 89;
  private static final int SLATE = 51;
  private static final int WHITE = 255;
  private static final int RED_RANK = 70;
  private static final int RED_SUIT = 110;

  private static final Map<Card, Sprite> CARDS =
      Stream.of(Card.Suit.values())
          .flatMap(suit -> IntStream.rangeClosed(1, 13).mapToObj(rank -> new Card(rank, suit)))
          .collect(Collectors.toUnmodifiableMap(Function.identity(), SmallDrawing::card));

  private static final Map<String, Sprite> ENTRIES =
      PointsRules.POINTS24.actions().stream()
          .collect(Collectors.toUnmodifiableMap(Function.identity(), SmallDrawing::entry));

  private SmallDrawing() {}

  /**
   * The shape of a picture of so many cards: one row of entries for two cards, two rows for more.
   */
  static EnvironmentSpec.PictureShape cardTable(int cards) {
    int entryRows = cards == 2 ? 1 : 2;
    return new EnvironmentSpec.PictureShape(
        cards * CARD_WIDTH, CARD_HEIGHT + entryRows * ENTRY_SIZE, 1);
  }

  /**
   * Entries are drawn from left to right, then from top to bottom, as far as there is room; blanks
   * stay felt.
   */
  static byte[] cards(List<Card> hand, List<String> formula) {
    var shape = cardTable(hand.size());
    var table = new Sprite(shape.width(), shape.height(), FELT);
    for (int i = 0; i < hand.size(); i++) {
      table.copyInPlace(i * CARD_WIDTH, 0, drawn(CARDS, hand.get(i)));
    }
    int perRow = shape.width() / ENTRY_SIZE;
    int room = perRow * ((shape.height() - CARD_HEIGHT) / ENTRY_SIZE);
    for (int i = 0; i < Math.min(room, formula.size()); i++) {
      if (!formula.get(i).equals(Formula.BLANK)) {
        int top = CARD_HEIGHT + i / perRow * ENTRY_SIZE;
        table.copyInPlace(i % perRow * ENTRY_SIZE, top, drawn(ENTRIES, formula.get(i)));
      }
    }
    return table.pixels();
  }

  static byte[] numberLine(int target, int current) {
    var picture = new Sprite(NUMBER_LINE.width(), NUMBER_LINE.height(), BLACK);
    picture.inkInPlace(0, 1, SmallFont.GOAL, WHITE);
    picture.inkInPlace(0, 9, SmallFont.CURRENT, WHITE);
    picture.inkInPlace(21, 0, SmallFont.symbol(Integer.toString(target)), WHITE);
    picture.inkInPlace(21, 8, SmallFont.symbol(Integer.toString(current)), WHITE);
    return picture.pixels();
  }

  private static <T> Sprite drawn(Map<T, Sprite> sprites, T what) {
    return Objects.requireNonNull(sprites.get(what), what::toString);
  }

  private static Sprite card(Card card) {
    var sprite = new Sprite(CARD_WIDTH, CARD_HEIGHT, FELT);
    sprite.inkInPlace(1, 1, Collections.nCopies(CARD_HEIGHT - 2, "#".repeat(14)), WHITE);
    boolean red = card.suit().red();
    sprite.inkInPlace(3, 3, SmallFont.symbol(card.label()), red ? RED_RANK : BLACK);
    sprite.inkInPlace(5, 13, SmallFont.suit(card.suit()), red ? RED_SUIT : BLACK);
    return sprite;
  }

  private static Sprite entry(String word) {
    var slate = new Sprite(ENTRY_SIZE, ENTRY_SIZE, SLATE);
    slate.inkInPlace(word.equals("10") ? 0 : 1, 0, SmallFont.symbol(word), WHITE);
    return slate;
  }
}
