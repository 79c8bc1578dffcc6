package org.gtrturbo.environments;

import java.awt.Shape;
import java.awt.geom.AffineTransform;
import java.awt.geom.Area;
import java.awt.geom.Ellipse2D;
import java.awt.geom.Path2D;

/** Outlines of the four suits. */
final class SuitShape {

  private SuitShape() {}

  /**
   * @param size height in pixels
   */
  static Shape at(Card.Suit suit, double centreX, double centreY, double size) {
    var place = AffineTransform.getTranslateInstance(centreX, centreY);
    place.scale(size, size);
    return place.createTransformedShape(
        switch (suit) {
          case HEARTS -> heart();
          case SPADES -> spade();
          case DIAMONDS -> diamond();
          case CLUBS -> club();
        });
  }

  /** All outlines have their centre at 0, 0 and the height 1. */
  private static Path2D heart() {
    var heart = new Path2D.Double();
    heart.moveTo(0, 0.5);
    heart.curveTo(-0.2, 0.22, -0.5, 0.05, -0.5, -0.22);
    heart.curveTo(-0.5, -0.4, -0.37, -0.5, -0.24, -0.5);
    heart.curveTo(-0.12, -0.5, -0.03, -0.42, 0, -0.3);
    heart.curveTo(0.03, -0.42, 0.12, -0.5, 0.24, -0.5);
    heart.curveTo(0.37, -0.5, 0.5, -0.4, 0.5, -0.22);
    heart.curveTo(0.5, 0.05, 0.2, 0.22, 0, 0.5);
    heart.closePath();
    return heart;
  }

  private static Shape spade() {
    var upsideDown = AffineTransform.getTranslateInstance(0, -0.075);
    upsideDown.scale(0.95, -0.85);
    var spade = new Area(upsideDown.createTransformedShape(heart()));
    spade.add(new Area(stem()));
    return spade;
  }

  private static Shape diamond() {
    var diamond = new Path2D.Double();
    diamond.moveTo(0, -0.5);
    diamond.quadTo(0.14, -0.2, 0.38, 0);
    diamond.quadTo(0.14, 0.2, 0, 0.5);
    diamond.quadTo(-0.14, 0.2, -0.38, 0);
    diamond.quadTo(-0.14, -0.2, 0, -0.5);
    diamond.closePath();
    return diamond;
  }

  private static Shape club() {
    var club = new Area(disc(0, -0.26));
    club.add(new Area(disc(-0.25, 0.1)));
    club.add(new Area(disc(0.25, 0.1)));
    club.add(new Area(stem()));
    return club;
  }

  private static Shape disc(double centreX, double centreY) {
    double radius = 0.24;
    return new Ellipse2D.Double(centreX - radius, centreY - radius, 2 * radius, 2 * radius);
  }

  private static Shape stem() {
    var stem = new Path2D.Double();
    stem.moveTo(0, -0.1);
    stem.quadTo(0.03, 0.4, 0.19, 0.5);
    stem.lineTo(-0.19, 0.5);
    stem.quadTo(-0.03, 0.4, 0, -0.1);
    stem.closePath();
    return stem;
  }
}
