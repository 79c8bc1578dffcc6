package org.gtrturbo.environments;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Follows a plan, a whole formula with {@code =} at its end, and makes a new one when the formula
 * departs from it.
 */
final class PointsDemonstrator implements Demonstrator {

  private static final double MEAN_SKIPPED_SOLUTIONS = 1.5;
  private static final int ENTRIES_LOOKED_BACK = 4;
  private static final int ENTRIES_LOOKED_AHEAD = 8;

  private final PointsGame game;
  private final DemonstratorNoise noise;
  private final SplittableRandom random;
  private final List<String> arithmetic;
  private List<String> plan = List.of();

  PointsDemonstrator(PointsGame game, DemonstratorNoise noise, SplittableRandom random) {
    this.game = game;
    this.noise = noise;
    this.random = random;
    this.arithmetic = game.rules().arithmetic();
  }

  @Override
  public void begin() {
    plan = List.of();
  }

  @Override
  public Answer answer() {
    var values = game.values().stream().map(this::read).toList();
    var formula = game.formula();
    if (plan.size() <= formula.size() || !plan.subList(0, formula.size()).equals(formula)) {
      plan = newPlan(formula);
    }
    var rest = plan.subList(formula.size(), plan.size());
    var actions = game.rules().actions();
    var action =
        random.nextDouble() < noise.randomAction()
            ? actions.get(random.nextInt(actions.size()))
            : rest.getFirst();
    return new Answer(thought(values, formula, rest), action);
  }

  private static String thought(List<Integer> values, List<String> formula, List<String> rest) {
    return Stream.of(
            Stream.of("cards"),
            values.stream().map(String::valueOf),
            Stream.of("sofar"),
            PointsView.lastWords(formula, ENTRIES_LOOKED_BACK),
            Stream.of("rest"),
            rest.stream().limit(ENTRIES_LOOKED_AHEAD),
            Stream.of("."))
        .flatMap(words -> words)
        .collect(Collectors.joining(" "));
  }

  /** One number in a thought; misread ones are mostly off by one, and sometimes right by chance. */
  private int read(int value) {
    if (random.nextDouble() >= noise.misreadCard()) {
      return value;
    }
    int error =
        switch (random.nextInt(3)) {
          case 0 -> -1;
          case 1 -> 1;
          default -> random.nextInt(-4, 5);
        };
    return Math.clamp(value + error, 1, 10);
  }

  private List<String> newPlan(List<String> formula) {
    var solutions = game.rules().solutions(game.values());
    var continuing =
        solutions.stream()
            .filter(solution -> solution.size() >= formula.size())
            .filter(solution -> solution.subList(0, formula.size()).equals(formula))
            .toList();
    boolean solve = !continuing.isEmpty() && random.nextDouble() >= noise.wrongPlan();
    var entries = solve ? continuing.get(skipped(continuing.size())) : randomPlan(formula);
    return Stream.concat(entries.stream(), Stream.of("=")).toList();
  }

  private int skipped(int solutions) {
    double exponential = -MEAN_SKIPPED_SOLUTIONS * StrictMath.log(1 - random.nextDouble());
    return (int) Math.min(exponential, solutions - 1);
  }

  /**
   * The formula so far and all unused numbers in random order, a random operator before each where
   * one is needed.
   */
  private List<String> randomPlan(List<String> formula) {
    var entries = new ArrayList<>(formula);
    boolean operatorNeeded = !formula.isEmpty() && endsOperand(formula.getLast());
    for (var number : shuffled(game.unused())) {
      if (operatorNeeded) {
        entries.add(arithmetic.get(random.nextInt(arithmetic.size())));
      }
      entries.add(Integer.toString(number));
      operatorNeeded = true;
    }
    return entries;
  }

  private static boolean endsOperand(String entry) {
    return Formula.isNumber(entry) || entry.equals(")") || entry.equals(Formula.BLANK);
  }

  private List<Integer> shuffled(List<Integer> numbers) {
    var order = new ArrayList<>(numbers);
    for (int last = order.size() - 1; last > 0; last--) {
      Collections.swap(order, last, random.nextInt(last + 1));
    }
    return order;
  }
}
