package org.gtrturbo.environments;

import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.geom.AffineTransform;
import java.awt.geom.RoundRectangle2D;
import java.awt.image.BufferedImage;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Draws playing cards of {@link Rendering#PAPER}: number cards with pips, faces as large letters.
 * Each card is drawn once per size.
 */
final class PaperCards {

  private static final Color RED = new Color(0xc0182a);
  private static final Color BLACK = new Color(0x1a1a1a);
  private static final Color IVORY = new Color(0xfdfcf7);
  private static final Color EDGE = new Color(0x8a8f8c);
  private static final Color TRANSPARENT = new Color(0, true);

  /** Where the pips of ranks 2 to 10 stand: left, centre or right, and the row from 0 to 12. */
  private static final List<String> PIPS =
      List.of(
          "C0 C12",
          "C0 C6 C12",
          "L0 R0 L12 R12",
          "L0 R0 C6 L12 R12",
          "L0 R0 L6 R6 L12 R12",
          "L0 R0 C3 L6 R6 L12 R12",
          "L0 R0 C3 L6 R6 C9 L12 R12",
          "L0 R0 L4 R4 C6 L8 R8 L12 R12",
          "L0 R0 C2 L4 R4 L8 R8 C10 L12 R12");

  private static final Map<Drawn, BufferedImage> DRAWN = new ConcurrentHashMap<>();

  private PaperCards() {}

  private record Drawn(Card card, int width, int height) {}

  static void drawRow(
      Graphics2D graphics, List<Card> hand, List<Integer> lefts, int top, int width, int height) {
    for (int i = 0; i < hand.size(); i++) {
      var card = new Drawn(hand.get(i), width, height);
      graphics.drawImage(DRAWN.computeIfAbsent(card, PaperCards::draw), lefts.get(i), top, null);
    }
  }

  private static BufferedImage draw(Drawn drawn) {
    var image = new BufferedImage(drawn.width, drawn.height, BufferedImage.TYPE_INT_ARGB);
    var graphics = PaperDrawing.graphics(image, TRANSPARENT);
    double arc = 0.12 * drawn.width;
    var edge = new RoundRectangle2D.Double(0.5, 0.5, drawn.width - 1, drawn.height - 1, arc, arc);
    graphics.setColor(IVORY);
    graphics.fill(edge);
    graphics.setColor(EDGE);
    graphics.setStroke(new BasicStroke(1));
    graphics.draw(edge);
    graphics.setColor(drawn.card.suit().red() ? RED : BLACK);
    drawCentre(graphics, drawn);
    drawCorner(graphics, drawn);
    turnAround(graphics, drawn);
    drawCorner(graphics, drawn);
    graphics.dispose();
    return image;
  }

  private static void turnAround(Graphics2D graphics, Drawn drawn) {
    graphics.rotate(Math.PI, drawn.width / 2.0, drawn.height / 2.0);
  }

  private static void drawCorner(Graphics2D graphics, Drawn drawn) {
    double size = 0.17 * drawn.width;
    double centreX = 0.13 * drawn.width;
    drawLabel(graphics, drawn.card.label(), centreX, 0.15 * drawn.width, size);
    graphics.fill(SuitShape.at(drawn.card.suit(), centreX, 0.36 * drawn.width, 0.16 * drawn.width));
  }

  /**
   * @param size height of the label in pixels
   */
  private static void drawLabel(
      Graphics2D graphics, String label, double centreX, double centreY, double size) {
    var strokes = StrokeFont.line(label);
    double scale = size / StrokeFont.CAPITAL;
    // Only 10 has two glyphs, and a corner has the width of one.
    double narrowing = label.length() > 1 ? 0.72 : 1;
    var place = AffineTransform.getTranslateInstance(centreX, centreY);
    place.scale(narrowing * scale, scale);
    var bounds = strokes.getBounds2D();
    place.translate(-bounds.getCenterX(), -StrokeFont.CAPITAL / 2);
    graphics.setStroke(
        new BasicStroke((float) (0.16 * size), BasicStroke.CAP_ROUND, BasicStroke.JOIN_ROUND));
    graphics.draw(place.createTransformedShape(strokes));
  }

  private static void drawCentre(Graphics2D graphics, Drawn drawn) {
    var card = drawn.card;
    double middleX = drawn.width / 2.0;
    double middleY = drawn.height / 2.0;
    if (card.rank() == 1) {
      graphics.fill(SuitShape.at(card.suit(), middleX, middleY, 0.44 * drawn.width));
    } else if (card.rank() <= PIPS.size() + 1) {
      for (var pip : PIPS.get(card.rank() - 2).split(" ", -1)) {
        drawPip(graphics, drawn, pip.charAt(0), Integer.parseInt(pip.substring(1)));
      }
    } else {
      drawLabel(graphics, card.label(), middleX, 0.43 * drawn.height, 0.42 * drawn.width);
      graphics.fill(SuitShape.at(card.suit(), middleX, 0.7 * drawn.height, 0.24 * drawn.width));
    }
  }

  private static void drawPip(Graphics2D graphics, Drawn drawn, char column, int row) {
    double x =
        switch (column) {
          case 'L' -> 0.34;
          case 'R' -> 0.66;
          default -> 0.5;
        };
    boolean upright = row <= 6;
    double y = 0.16 + (upright ? row : 12 - row) * 0.68 / 12;
    var pip = SuitShape.at(drawn.card.suit(), x * drawn.width, y * drawn.height, 0.2 * drawn.width);
    if (upright) {
      graphics.fill(pip);
    } else {
      turnAround(graphics, drawn);
      graphics.fill(pip);
      turnAround(graphics, drawn);
    }
  }
}
