package org.gtrturbo.environments;

import java.util.List;
import java.util.SplittableRandom;

/** RL4VLM's NumberLine: move a number up and down until it is the target. */
final class NumberLineGame implements Game {

  static final String NAME = "numberline";

  /** The line goes from 0 to this. */
  static final int END = 5;

  private static final int MAX_TURNS = 2 * END;
  private static final List<String> ACTIONS = List.of("-", "+");

  private int current;
  private int target;
  private int turns;
  private boolean over = true;

  int current() {
    return current;
  }

  int target() {
    return target;
  }

  @Override
  public EnvironmentSpec spec(Rendering rendering) {
    var picture =
        switch (rendering) {
          case SMALL -> SmallDrawing.NUMBER_LINE;
          case PAPER -> PaperDrawing.SHAPE;
        };
    var texts =
        switch (rendering) {
          case SMALL -> new EnvironmentSpec.Texts(Vocabulary.WORDS, 2, 12);
          case PAPER ->
              new EnvironmentSpec.Texts(
                  List.of(), PaperPrompt.MAX_WORDS, PaperPrompt.MAX_ANSWER_WORDS);
        };
    return new EnvironmentSpec(NAME, ACTIONS, picture, texts, MAX_TURNS, 1);
  }

  @Override
  public void deal(SplittableRandom random) {
    deal(random.nextInt(END + 1), random.nextInt(END + 1));
  }

  /**
   * RL4VLM moves a target that equals the start on by one modulo 5, not 6: 5 and 5 becomes 5 and 1.
   */
  void deal(int drawnStart, int drawnTarget) {
    current = drawnStart;
    target = drawnStart == drawnTarget ? (drawnTarget + 1) % END : drawnTarget;
    turns = 0;
    over = false;
  }

  @Override
  public List<String> legalActions() {
    return over ? List.of() : ACTIONS.stream().filter(this::staysOnLine).toList();
  }

  private boolean staysOnLine(String action) {
    return action.equals("-") ? current > 0 : current < END;
  }

  @Override
  public Outcome play(String action) {
    int distance = Math.abs(current - target);
    if (staysOnLine(action)) {
      current += action.equals("-") ? -1 : 1;
    }
    turns++;
    if (current == target) {
      over = true;
      return new Outcome(1, true, false);
    }
    over = turns >= MAX_TURNS;
    return new Outcome(Math.abs(current - target) < distance ? 0 : -1, false, over);
  }

  @Override
  public byte[] draw(Rendering rendering) {
    return switch (rendering) {
      case SMALL -> SmallDrawing.numberLine(target, current);
      case PAPER -> PaperDrawing.numberLine(target, current);
    };
  }

  @Override
  public String prompt(Rendering rendering) {
    return switch (rendering) {
      case SMALL -> "task .";
      case PAPER -> PaperPrompt.numberLine();
    };
  }

  @Override
  public boolean recognisedIn(String text) {
    return ThoughtText.namesPosition(text, current, target);
  }
}
