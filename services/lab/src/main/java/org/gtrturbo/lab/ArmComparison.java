package org.gtrturbo.lab;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.datatype.jdk8.Jdk8Module;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Arms of an experiment side by side, each of one run or of several seeds: each success rate, and
 * what each arm has more than the first.
 *
 * @param arms in the order given; the first is what the others are held against
 */
public record ArmComparison(List<ComparedArm> arms) {
  private static final JsonMapper JSON =
      JsonMapper.builder()
          .addModule(new Jdk8Module())
          .enable(SerializationFeature.INDENT_OUTPUT)
          .build();

  public ArmComparison {
    arms = List.copyOf(arms);
  }

  /**
   * @param runs by seed, rising
   * @param changes what its settings change of the first arm's, {@code name: before -> after} each
   */
  public record ComparedArm(
      String name,
      String environment,
      List<ComparedRun> runs,
      List<String> changes,
      List<ComparedMeasure> measures) {

    /** Empty where no run of the arm has it. */
    public Optional<ComparedMeasure> measured(Measure measure) {
      return measures.stream().filter(compared -> compared.measure() == measure).findFirst();
    }
  }

  /** One run of an arm. */
  public record ComparedRun(String name, long seed, RunState state, RunStanding.Reached reached) {}

  /**
   * @param estimate of one run with Wilson's interval of the episodes played, of several their mean
   *     with the t-interval over seeds
   * @param bySeed the rate of each run
   * @param overFirst what this arm has more than the first; empty for the first arm itself, where
   *     the two play different environments, and where neither can be paired with the other
   */
  public record ComparedMeasure(
      Measure measure,
      Estimate estimate,
      SortedMap<Long, Double> bySeed,
      Optional<Difference> overFirst) {}

  /**
   * @throws IllegalArgumentException if there is no arm, or an arm's name comes twice
   */
  public static ArmComparison of(List<Arm> arms) {
    if (arms.isEmpty()) {
      throw new IllegalArgumentException("a comparison needs an arm; give it runs");
    }
    var names = new HashSet<String>();
    var compared = new ArrayList<ComparedArm>();
    for (Arm arm : arms) {
      if (!names.add(arm.name())) {
        throw new IllegalArgumentException("there are two arms " + arm.name() + "; rename one");
      }
      compared.add(compare(arm, arms.getFirst()));
    }
    return new ArmComparison(compared);
  }

  private static ComparedArm compare(Arm arm, Arm first) {
    var measures = new ArrayList<ComparedMeasure>();
    for (Measure measure : Measure.values()) {
      SortedMap<Long, RunSummary.Rate> rates = rates(arm, measure);
      if (!rates.isEmpty()) {
        measures.add(
            new ComparedMeasure(
                measure, estimate(rates), success(rates), difference(arm, first, measure)));
      }
    }
    return new ComparedArm(
        arm.name(),
        arm.environment(),
        arm.runs().stream()
            .sorted(Comparator.comparingLong(RunStanding::seed))
            .map(run -> new ComparedRun(run.label(), run.seed(), run.state(), run.reached()))
            .toList(),
        arm.changesOf(first),
        List.copyOf(measures));
  }

  private static Estimate estimate(SortedMap<Long, RunSummary.Rate> rates) {
    return rates.size() == 1
        ? rates.firstEntry().getValue().estimate()
        : Statistics.meanRate(List.copyOf(success(rates).values()));
  }

  private static Optional<Difference> difference(Arm arm, Arm first, Measure measure) {
    SortedMap<Long, RunSummary.Rate> ours = rates(arm, measure);
    SortedMap<Long, RunSummary.Rate> theirs = rates(first, measure);
    if (arm.name().equals(first.name())
        || !arm.environment().equals(first.environment())
        || theirs.isEmpty()) {
      return Optional.empty();
    }
    if (ours.size() == 1 && theirs.size() == 1) {
      return Optional.of(
          new Difference.OfTwoRuns(
              Statistics.difference(ours.firstEntry().getValue(), theirs.firstEntry().getValue())));
    }
    return Statistics.pairedDifference(success(ours), success(theirs)).map(paired -> paired);
  }

  private static SortedMap<Long, RunSummary.Rate> rates(Arm arm, Measure measure) {
    SortedMap<Long, RunSummary.Rate> rates = new TreeMap<>();
    for (RunStanding run : arm.runs()) {
      run.rate(measure).ifPresent(rate -> rates.put(run.seed(), rate));
    }
    return rates;
  }

  private static SortedMap<Long, Double> success(SortedMap<Long, RunSummary.Rate> rates) {
    SortedMap<Long, Double> success = new TreeMap<>();
    rates.forEach((seed, rate) -> success.put(seed, rate.success()));
    return success;
  }

  /** What is played, in words. */
  public String environments() {
    return String.join(", ", arms.stream().map(ComparedArm::environment).distinct().toList());
  }

  /** The comparison as JSON, its fields in the order of the records. */
  public String json() {
    try {
      return JSON.writeValueAsString(this) + "\n";
    } catch (JacksonException e) {
      throw new IllegalStateException("the comparison has no JSON form", e);
    }
  }

  /** The comparison as lines of text, columns aligned. */
  public List<String> table() {
    return new ComparisonTable(this).lines();
  }
}
