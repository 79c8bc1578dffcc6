package org.gtrturbo.environments;

import java.awt.geom.Arc2D;
import java.awt.geom.Path2D;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Scanner;

/**
 * Letters of {@link Rendering#PAPER} as strokes of a pen; {@link SmallFont} says why no system font
 * is used.
 *
 * <p>A glyph is its width and then commands in units of which a capital letter is 10 high, y
 * downwards from the capitals' top: {@code M x y} moves, {@code L x y} draws a line, {@code A cx cy
 * rx ry start extent} goes on along an arc (degrees, counter-clockwise, 0 at three o'clock), {@code
 * N} with the same arguments begins a new line with one.
 */
final class StrokeFont {

  /** Height of a capital letter in the units of glyphs. */
  static final double CAPITAL = 10;

  private static final double GAP = 2.6;
  private static final double BLANK = 3.2;

  private static final Map<Character, String> GLYPHS =
      Map.ofEntries(
          Map.entry('0', "6 N 3 5 3 5 90 360"),
          Map.entry('1', "6 M 1 2 L 3.2 0 L 3.2 10 M 1 10 L 5.4 10"),
          Map.entry('2', "6 N 3 3 3 3 175 -210 L 0 10 L 6 10"),
          Map.entry('3', "6 N 3 2.5 2.6 2.5 150 -240 A 2.9 7.4 3.1 2.6 90 -245"),
          Map.entry('4', "6.4 M 4.8 10 L 4.8 0 L 0 7 L 6.4 7"),
          Map.entry('5', "6 M 5.4 0 L 1 0 L 0.7 4.4 A 2.9 6.7 3.1 3.3 135 -285"),
          Map.entry('6', "6 N 5 6.9 5 6.9 80 100 N 3 6.9 3 3.1 180 360"),
          Map.entry('7', "6 M 0 0 L 6 0 L 2 10"),
          Map.entry('8', "6 N 3 2.5 2.5 2.5 270 360 N 3 7.5 3 2.5 90 360"),
          Map.entry('9', "6 N 3 3.1 3 3.1 0 360 A 1 3.1 5 6.9 0 -100"),
          Map.entry('A', "7 M 0 10 L 3.5 0 L 7 10 M 1.2 6.7 L 5.8 6.7"),
          Map.entry('C', "6.6 N 4 5 4 5 50 260"),
          Map.entry('F', "5.4 M 5.4 0 L 0 0 L 0 10 M 0 4.8 L 4.4 4.8"),
          Map.entry('J', "5 M 5 0 L 5 7.2 A 2.5 7.2 2.5 2.8 0 -170"),
          Map.entry('K', "6.4 M 0 0 L 0 10 M 6.2 0 L 0 6 M 2.4 3.8 L 6.4 10"),
          Map.entry('Q', "7 N 3.5 5 3.5 5 90 360 M 4.2 7.4 L 7 10.6"),
          Map.entry('T', "7 M 0 0 L 7 0 M 3.5 0 L 3.5 10"),
          Map.entry('a', "5 N 2.5 6.8 2.5 3.2 0 360 M 5 3.6 L 5 10"),
          Map.entry('e', "5.4 M 0.2 6.7 L 5.4 6.7 A 2.7 6.8 2.7 3.2 0 315"),
          Map.entry('g', "5 N 2.5 6.6 2.5 3 0 360 M 5 3.6 L 5 11 A 2.5 11 2.5 2.2 0 -150"),
          Map.entry('l', "0.4 M 0.2 0 L 0.2 10"),
          Map.entry(
              'm',
              "8.4 M 0 3.6 L 0 10 N 2.1 5.7 2.1 2.1 180 -180 L 4.2 10 N 6.3 5.7 2.1 2.1 180 -180 L"
                  + " 8.4 10"),
          Map.entry('n', "5 M 0 3.6 L 0 10 N 2.5 6.1 2.5 2.5 180 -180 L 5 10"),
          Map.entry('o', "5.6 N 2.8 6.8 2.8 3.2 90 360"),
          Map.entry('r', "3.2 M 0 3.6 L 0 10 N 3 6.6 3 3 180 -95"),
          Map.entry('t', "3.6 M 1.5 1 L 1.5 8.3 A 3.2 8.3 1.7 1.7 180 90 M 0 3.6 L 3.6 3.6"),
          Map.entry('u', "5 M 0 3.6 L 0 7.5 A 2.5 7.5 2.5 2.5 180 180 M 5 3.6 L 5 10"),
          Map.entry('+', "6 M 3 2.6 L 3 8.6 M 0 5.6 L 6 5.6"),
          Map.entry('-', "4.4 M 0 5.8 L 4.4 5.8"),
          Map.entry('*', "5 M 2.5 1.4 L 2.5 7 M 0.1 2.8 L 4.9 5.6 M 0.1 5.6 L 4.9 2.8"),
          Map.entry('/', "4 M 0 11 L 4 -0.5"),
          Map.entry('(', "2.4 N 4 5 3.6 7.4 130 100"),
          Map.entry(')', "2.4 N -1.6 5 3.6 7.4 50 -100"),
          Map.entry('=', "6 M 0 4 L 6 4 M 0 7.4 L 6 7.4"),
          Map.entry(':', "0.6 M 0.3 4.3 L 0.3 4.4 M 0.3 9.6 L 0.3 9.7"));

  private StrokeFont() {}

  /** The strokes of a line of text, its left edge at 0 and the capitals' top at 0. */
  static Path2D line(String text) {
    var strokes = new Path2D.Double();
    double left = 0;
    for (int i = 0; i < text.length(); i++) {
      char letter = text.charAt(i);
      if (letter == ' ') {
        left += BLANK;
      } else {
        left += append(strokes, left, letter) + GAP;
      }
    }
    return strokes;
  }

  /** Returns the glyph's width. */
  private static double append(Path2D strokes, double left, char letter) {
    var glyph = Objects.requireNonNull(GLYPHS.get(letter), () -> "no glyph for " + letter);
    var words = new Scanner(glyph).useLocale(Locale.ROOT);
    double width = words.nextDouble();
    while (words.hasNext()) {
      switch (words.next()) {
        case "M" -> strokes.moveTo(left + words.nextDouble(), words.nextDouble());
        case "L" -> strokes.lineTo(left + words.nextDouble(), words.nextDouble());
        case "A" -> strokes.append(arc(left, words), true);
        default -> strokes.append(arc(left, words), false);
      }
    }
    return width;
  }

  private static Arc2D arc(double left, Scanner words) {
    double centreX = left + words.nextDouble();
    double centreY = words.nextDouble();
    double radiusX = words.nextDouble();
    double radiusY = words.nextDouble();
    return new Arc2D.Double(
        centreX - radiusX,
        centreY - radiusY,
        2 * radiusX,
        2 * radiusY,
        words.nextDouble(),
        words.nextDouble(),
        Arc2D.OPEN);
  }
}
