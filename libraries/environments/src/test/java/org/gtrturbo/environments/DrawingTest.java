package org.gtrturbo.environments;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.IntPredicate;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Pictures show what they have to show, each thing unlike any other. */
class DrawingTest {

  private static final Card THREE = new Card(3, Card.Suit.CLUBS);
  private static final Card TEN = new Card(10, Card.Suit.HEARTS);

  @ParameterizedTest
  @EnumSource(Card.Suit.class)
  void anyTwoRanksDifferByManyPixels(Card.Suit suit) {
    for (int rank = 1; rank <= 13; rank++) {
      for (int other = rank + 1; other <= 13; other++) {
        var one = new Card(rank, suit);
        var two = new Card(other, suit);
        assertThat(differing(small(one), small(two)))
            .as("%s, %s", one, two)
            .isGreaterThanOrEqualTo(8);
        assertThat(differing(paper(one), paper(two))).as("%s, %s", one, two).isGreaterThan(600);
      }
    }
  }

  @Test
  void anyTwoSuitsDifferByManyPixels() {
    for (var suit : Card.Suit.values()) {
      for (var other : Card.Suit.values()) {
        if (suit != other) {
          var one = new Card(7, suit);
          var two = new Card(7, other);
          assertThat(differing(small(one), small(two))).as("%s, %s", one, two).isGreaterThan(10);
          assertThat(differing(paper(one), paper(two))).as("%s, %s", one, two).isGreaterThan(600);
        }
      }
    }
  }

  @Test
  void aSmallCardIsExactlyThis() {
    assertThat(rows(SmallDrawing.cards(List.of(THREE, TEN), List.of("4", Formula.BLANK, "*")), 32))
        .containsExactly(
            "--------------------------------",
            "-              --              -",
            "-              --              -",
            "-  #####       --   o  ooo     -",
            "-      ##      --  oo oo oo    -",
            "-      ##      --   o oo oo    -",
            "-   ####       --   o oo oo    -",
            "-      ##      --   o oo oo    -",
            "-      ##      --   o oo oo    -",
            "-  #####       --  ooo ooo     -",
            "-              --              -",
            "-              --              -",
            "-              --              -",
            "-      ###     --     ** **    -",
            "-      ###     --    *******   -",
            "-    ## # ##   --    *******   -",
            "-    #######   --    *******   -",
            "-    ## # ##   --     *****    -",
            "-       #      --      ***     -",
            "-      ###     --       *      -",
            "-              --              -",
            "-              --              -",
            "-              --              -",
            "--------------------------------",
            "====  ==--------========--------",
            "===   ==--------=  ==  =--------",
            "==    ==--------==    ==--------",
            "=  =  ==--------=      =--------",
            "=      =--------==    ==--------",
            "====  ==--------=  ==  =--------",
            "====  ==--------========--------",
            "========--------========--------");
  }

  @Test
  void everyEntryOfAFormulaLooksUnlikeAnyOther() {
    Set<String> looks = new HashSet<>();
    for (var entry : PointsRules.POINTS24.actions()) {
      looks.add(Arrays.toString(SmallDrawing.cards(List.of(THREE, TEN), List.of(entry))));
      looks.add(Arrays.toString(PaperDrawing.cards(List.of(THREE, TEN), List.of(entry))));
    }
    assertThat(looks).hasSize(2 * 17);
  }

  @ParameterizedTest(name = "{0} cards")
  @ValueSource(ints = {2, 3, 4})
  void everyEntryIsDrawnBelowTheCardsAsLongAsThereIsRoom(int cards) {
    var hand = List.of(THREE, TEN, THREE, TEN).subList(0, cards);
    int room = cards == 2 ? 4 : 4 * cards;
    for (int entries = 0; entries < room + 2; entries++) {
      byte[] before = SmallDrawing.cards(hand, Collections.nCopies(entries, "8"));
      byte[] after = SmallDrawing.cards(hand, Collections.nCopies(entries + 1, "8"));
      var changed = IntStream.range(0, before.length).filter(at(before, after)).boxed().toList();
      if (entries < room) {
        assertThat(changed).hasSize(64).allMatch(i -> i >= 24 * 16 * cards);
      } else {
        assertThat(changed).isEmpty();
      }
    }
  }

  @Test
  void thePaperPictureHasItsCardsAndItsFormulaWhereThePaperHasThem() {
    byte[] empty = PaperDrawing.cards(List.of(THREE, TEN), List.of());
    byte[] begun = PaperDrawing.cards(List.of(THREE, TEN), List.of("3", "+"));
    assertThat(rgb(empty, 2, 2)).isEqualTo("35654d");
    assertThat(rgb(empty, 150, 20)).isEqualTo("35654d");
    assertThat(rgb(empty, 20, 150)).as("first card, from x = 5").isEqualTo("fdfcf7");
    assertThat(rgb(empty, 170, 150)).as("second card, from x = 153").isEqualTo("fdfcf7");
    assertThat(rgb(empty, 146, 150)).as("between the cards").isEqualTo("35654d");
    var changed = IntStream.range(0, empty.length).filter(at(empty, begun)).toArray();
    assertThat(changed).hasSizeGreaterThan(100);
    assertThat(Arrays.stream(changed).map(i -> i / 900)).allMatch(y -> y >= 258 && y < 285);
  }

  @Test
  void redAndBlackSuitsHaveTheirColoursOnPaper() {
    byte[] red = PaperDrawing.cards(List.of(new Card(1, Card.Suit.HEARTS), THREE), List.of());
    byte[] black = PaperDrawing.cards(List.of(new Card(1, Card.Suit.SPADES), THREE), List.of());
    assertThat(rgb(red, 72, 149)).isEqualTo("c0182a");
    assertThat(rgb(black, 72, 149)).isEqualTo("1a1a1a");
  }

  @Test
  void everyPositionOnTheNumberLineLooksUnlikeAnyOther() {
    Set<String> looks = new HashSet<>();
    for (int target = 0; target <= 5; target++) {
      for (int current = 0; current <= 5; current++) {
        looks.add(Arrays.toString(SmallDrawing.numberLine(target, current)));
        looks.add(Arrays.toString(PaperDrawing.numberLine(target, current)));
      }
    }
    assertThat(looks).hasSize(2 * 36);
  }

  private static byte[] small(Card card) {
    return SmallDrawing.cards(List.of(card, TEN), List.of());
  }

  private static byte[] paper(Card card) {
    return PaperDrawing.cards(List.of(card, TEN), List.of());
  }

  private static long differing(byte[] left, byte[] right) {
    return IntStream.range(0, left.length).filter(at(left, right)).count();
  }

  private static IntPredicate at(byte[] left, byte[] right) {
    return i -> left[i] != right[i];
  }

  /**
   * Felt {@code -}, slate {@code =}, white blank, black {@code #}, red rank {@code o}, red suit
   * {@code *}.
   */
  private static List<String> rows(byte[] pixels, int width) {
    return IntStream.range(0, pixels.length / width)
        .mapToObj(
            y ->
                IntStream.range(0, width)
                    .mapToObj(x -> ink(pixels[y * width + x] & 0xff))
                    .reduce("", String::concat))
        .toList();
  }

  private static String ink(int grey) {
    return switch (grey) {
      case 0 -> "#";
      case 51 -> "=";
      case 70 -> "o";
      case 89 -> "-";
      case 110 -> "*";
      case 255 -> " ";
      default -> "?";
    };
  }

  private static String rgb(byte[] pixels, int x, int y) {
    int i = (y * 300 + x) * 3;
    return "%02x%02x%02x".formatted(pixels[i], pixels[i + 1], pixels[i + 2]);
  }
}
