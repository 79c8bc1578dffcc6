package org.gtrturbo.environments;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.SplittableRandom;

/**
 * EZPoints, Points24 and their kin: a formula is built entry by entry and handed in with {@code =}.
 */
final class PointsGame implements Game {

  private static final double SOLVED = 10;
  private static final double MISTAKE = -1;

  private final PointsRules rules;
  private final PointsView view;
  private final List<String> actions;
  private List<Card> hand = List.of();
  private final List<String> formula = new ArrayList<>();
  private final List<Integer> used = new ArrayList<>();
  private boolean over = true;

  PointsGame(PointsRules rules) {
    this.rules = rules;
    this.view = new PointsView(rules);
    this.actions = rules.actions();
  }

  PointsRules rules() {
    return rules;
  }

  /** What the cards count, from left to right. */
  List<Integer> values() {
    return hand.stream().map(Card::value).toList();
  }

  /** The entries so far, refused numbers as {@link Formula#BLANK}. */
  List<String> formula() {
    return Collections.unmodifiableList(formula);
  }

  /** The values that no entry uses yet. */
  List<Integer> unused() {
    var left = new ArrayList<>(values());
    for (Integer value : used) {
      left.remove(/* element */ value);
    }
    return left;
  }

  @Override
  public EnvironmentSpec spec(Rendering rendering) {
    return view.spec(rendering);
  }

  @Override
  public void deal(SplittableRandom random) {
    deal(rules.hand(random));
  }

  void deal(List<Card> cards) {
    hand = List.copyOf(cards);
    formula.clear();
    used.clear();
    over = false;
  }

  @Override
  public List<String> legalActions() {
    if (over) {
      return List.of();
    }
    var unused = unused();
    return actions.stream()
        .filter(action -> !Formula.isNumber(action) || unused.contains(Integer.valueOf(action)))
        .toList();
  }

  /**
   * The checks and their order are RL4VLM's: length, then number, then {@code =}, then any other
   * entry.
   */
  @Override
  public Outcome play(String action) {
    if (formula.size() > rules.formulaLimit()) {
      over = true;
      return new Outcome(MISTAKE, false, true);
    }
    if (Formula.isNumber(action)) {
      var number = Integer.valueOf(action);
      if (!unused().contains(number)) {
        formula.add(Formula.BLANK);
        return new Outcome(MISTAKE, false, false);
      }
      used.add(number);
    }
    if (action.equals("=")) {
      over = true;
      return new Outcome(solved() ? SOLVED : MISTAKE, true, false);
    }
    formula.add(action);
    return new Outcome(0, false, false);
  }

  private boolean solved() {
    var target = Fraction.of(rules.target());
    return used.size() == rules.cards()
        && Formula.value(formula).filter(target::equals).isPresent();
  }

  @Override
  public byte[] draw(Rendering rendering) {
    return view.draw(rendering, hand, formula);
  }

  @Override
  public String prompt(Rendering rendering) {
    return view.prompt(rendering, formula);
  }

  @Override
  public boolean recognisedIn(String text) {
    return ThoughtText.namesCards(text, values());
  }
}
