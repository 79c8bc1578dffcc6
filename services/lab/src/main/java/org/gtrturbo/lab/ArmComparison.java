package org.gtrturbo.lab;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.datatype.jdk8.Jdk8Module;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Arms of an experiment side by side: each success rate as its mean over seeds, and what each arm
 * has more than the first, paired by seed.
 *
 * @param environment that all runs play
 * @param arms in the order given; the first is what the others are held against
 */
public record ArmComparison(String environment, List<ComparedArm> arms) {
  private static final JsonMapper JSON =
      JsonMapper.builder()
          .addModule(new Jdk8Module())
          .enable(SerializationFeature.INDENT_OUTPUT)
          .build();

  public ArmComparison {
    arms = List.copyOf(arms);
  }

  /**
   * @param stoppedSeeds of runs that did not get to their end
   */
  public record ComparedArm(String name, List<Long> stoppedSeeds, List<ComparedMeasure> measures) {

    /** Empty where no run of the arm has it. */
    public Optional<ComparedMeasure> measured(Measure measure) {
      return measures.stream().filter(compared -> compared.measure() == measure).findFirst();
    }
  }

  /**
   * @param mean over the seeds, with the t-interval
   * @param bySeed the rate of each run
   * @param overFirst what this arm has more than the first; empty for the first arm itself, and
   *     where the two share no seed
   */
  public record ComparedMeasure(
      Measure measure,
      Estimate mean,
      SortedMap<Long, Double> bySeed,
      Optional<Statistics.PairedDifference> overFirst) {}

  /**
   * @throws IllegalArgumentException if there is no arm, an arm's name comes twice, or runs play
   *     different environments
   */
  public static ArmComparison of(List<Arm> arms) {
    if (arms.isEmpty()) {
      throw new IllegalArgumentException("a comparison needs an arm; give summaries of runs");
    }
    String environment = environment(arms);
    var names = new HashSet<String>();
    var compared = new ArrayList<ComparedArm>();
    for (Arm arm : arms) {
      if (!names.add(arm.name())) {
        throw new IllegalArgumentException("there are two arms " + arm.name() + "; rename one");
      }
      compared.add(compare(arm, arms.getFirst()));
    }
    return new ArmComparison(environment, compared);
  }

  private static String environment(List<Arm> arms) {
    var first = arms.getFirst().runs().getFirst().run();
    for (Arm arm : arms) {
      for (RunSummary run : arm.runs()) {
        if (!run.run().environment().equals(first.environment())) {
          throw new IllegalArgumentException(
              "runs that are compared must play one environment; "
                  + first.name()
                  + " plays "
                  + first.environment()
                  + ", "
                  + run.run().name()
                  + " plays "
                  + run.run().environment());
        }
      }
    }
    return first.environment();
  }

  private static ComparedArm compare(Arm arm, Arm first) {
    var measures = new ArrayList<ComparedMeasure>();
    for (Measure measure : Measure.values()) {
      SortedMap<Long, Double> bySeed = bySeed(arm, measure);
      if (!bySeed.isEmpty()) {
        measures.add(
            new ComparedMeasure(
                measure,
                Statistics.mean(List.copyOf(bySeed.values())),
                bySeed,
                arm.equals(first)
                    ? Optional.empty()
                    : Statistics.pairedDifference(bySeed, bySeed(first, measure))));
      }
    }
    List<Long> stopped =
        arm.runs().stream()
            .filter(run -> run.ending() == RunSummary.Ending.STOPPED)
            .map(run -> run.run().seed())
            .sorted()
            .toList();
    return new ComparedArm(arm.name(), stopped, List.copyOf(measures));
  }

  private static SortedMap<Long, Double> bySeed(Arm arm, Measure measure) {
    SortedMap<Long, Double> rates = new TreeMap<>();
    for (RunSummary run : arm.runs()) {
      measure.of(run).ifPresent(rate -> rates.put(run.run().seed(), rate.success()));
    }
    return rates;
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
