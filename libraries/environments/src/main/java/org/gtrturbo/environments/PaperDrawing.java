package org.gtrturbo.environments;

import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.geom.AffineTransform;
import java.awt.image.BufferedImage;
import java.awt.image.DataBufferByte;
import java.util.List;

/**
 * Draws the pictures of {@link Rendering#PAPER} in the layout of RL4VLM's gym_cards, with cards and
 * letters of our own.
 */
final class PaperDrawing {

  static final EnvironmentSpec.PictureShape SHAPE = new EnvironmentSpec.PictureShape(300, 300, 3);

  private static final Color FELT = new Color(0x35654d);

  private PaperDrawing() {}

  static byte[] cards(List<Card> hand, List<String> formula) {
    var picture = new BufferedImage(SHAPE.width(), SHAPE.height(), BufferedImage.TYPE_3BYTE_BGR);
    var graphics = graphics(picture, FELT);
    graphics.setColor(Color.WHITE);
    var entries = String.join(" ", formula);
    switch (hand.size()) {
      case 2 -> {
        PaperCards.drawRow(graphics, hand, List.of(5, 153), 55, 135, 189);
        write(graphics, "Formula: " + entries, 10, 258, 20, 1.6);
      }
      case 3 -> {
        PaperCards.drawRow(graphics, hand, List.of(42, 116, 190), 103, 67, 93);
        writeInTwoLines(graphics, entries);
      }
      default -> {
        PaperCards.drawRow(graphics, hand, List.of(5, 78, 152, 226), 103, 67, 93);
        writeInTwoLines(graphics, entries);
      }
    }
    graphics.dispose();
    return redGreenBlue(picture);
  }

  static byte[] numberLine(int target, int current) {
    var picture = new BufferedImage(SHAPE.width(), SHAPE.height(), BufferedImage.TYPE_3BYTE_BGR);
    var graphics = graphics(picture, Color.WHITE);
    graphics.setColor(Color.BLACK);
    write(graphics, "Target: " + target, 30, 60, 36, 4.5);
    write(graphics, "Current: " + current, 30, 180, 36, 4.5);
    graphics.dispose();
    return redGreenBlue(picture);
  }

  private static void writeInTwoLines(Graphics2D graphics, String entries) {
    write(graphics, "Formula:", 10, 210, 16, 1.4);
    write(graphics, entries, 10, 240, 16, 1.4);
  }

  /**
   * @param size of the font in pixels; capitals are about 0.73 of it high, and {@code top} is the
   *     line's top, not the capitals'
   * @param pen width of the strokes in pixels
   */
  private static void write(
      Graphics2D graphics, String text, int left, int top, double size, double pen) {
    var place = AffineTransform.getTranslateInstance(left, top + 0.2 * size);
    place.scale(0.73 * size / StrokeFont.CAPITAL, 0.73 * size / StrokeFont.CAPITAL);
    graphics.setStroke(new BasicStroke((float) pen, BasicStroke.CAP_ROUND, BasicStroke.JOIN_ROUND));
    graphics.draw(place.createTransformedShape(StrokeFont.line(text)));
  }

  static Graphics2D graphics(BufferedImage picture, Color background) {
    var graphics = picture.createGraphics();
    graphics.setRenderingHint(RenderingHints.KEY_ANTIALIASING, RenderingHints.VALUE_ANTIALIAS_ON);
    graphics.setRenderingHint(RenderingHints.KEY_STROKE_CONTROL, RenderingHints.VALUE_STROKE_PURE);
    graphics.setColor(background);
    graphics.fillRect(0, 0, picture.getWidth(), picture.getHeight());
    return graphics;
  }

  /** The image's own bytes stand in the order blue, green, red. */
  private static byte[] redGreenBlue(BufferedImage picture) {
    var pixels = ((DataBufferByte) picture.getRaster().getDataBuffer()).getData();
    for (int i = 0; i < pixels.length; i += 3) {
      byte blue = pixels[i];
      pixels[i] = pixels[i + 2];
      pixels[i + 2] = blue;
    }
    return pixels;
  }
}
