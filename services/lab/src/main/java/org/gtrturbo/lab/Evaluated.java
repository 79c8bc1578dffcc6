package org.gtrturbo.lab;

import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.gtrturbo.events.Metric;
import org.gtrturbo.policy.Sampling;

/** Whose play is evaluated, and how its tokens are drawn. */
public enum Evaluated {
  POLICY_SAMPLED("policySampled", "policy, sampled"),
  TEACHER_SAMPLED("teacherSampled", "teacher, sampled"),
  POLICY_GREEDY("policyGreedy", "policy, greedy"),
  TEACHER_GREEDY("teacherGreedy", "teacher, greedy");

  /** The source of the metrics that {@link #metric} makes. */
  public static final String SOURCE = "evaluation";

  private static final String SUCCESS = "Success";
  private static final String LOWER = "SuccessLower";
  private static final String UPPER = "SuccessUpper";

  private final String prefix;
  private final String words;

  Evaluated(String prefix, String words) {
    this.prefix = prefix;
    this.words = words;
  }

  /** For people to read. */
  public String words() {
    return words;
  }

  public boolean isTeacher() {
    return this == TEACHER_SAMPLED || this == TEACHER_GREEDY;
  }

  public boolean isGreedy() {
    return this == POLICY_GREEDY || this == TEACHER_GREEDY;
  }

  /** How tokens are drawn, at that temperature where they are sampled. */
  public Sampling sampling(double temperature) {
    return isGreedy() ? Sampling.GREEDY : Sampling.at(temperature);
  }

  /**
   * The score as an event.
   *
   * @param version of the policy or of the teacher
   */
  public Metric metric(String run, long version, Score score, Instant at) {
    Map<String, Double> values = new HashMap<>();
    Estimate success = score.success();
    values.put(prefix + SUCCESS, success.value());
    success
        .bounds()
        .ifPresent(
            bounds -> {
              values.put(prefix + LOWER, bounds.lower());
              values.put(prefix + UPPER, bounds.upper());
            });
    values.put(prefix + "Episodes", (double) score.episodes());
    values.put(prefix + "EpisodeReturn", score.meanReturn());
    values.put(prefix + "Formatted", score.formattedRate());
    values.put(prefix + "TokensPerTurn", score.meanTokens());
    score.recognisedRate().ifPresent(rate -> values.put(prefix + "Recognised", rate));
    return new Metric(run, SOURCE, version, values, at);
  }

  /** What {@link #metric} said of the success rate; empty where the event speaks of others. */
  public Optional<Estimate> success(Metric metric) {
    if (!metric.getSource().equals(SOURCE)) {
      return Optional.empty();
    }
    Map<String, Double> values = metric.getValues();
    Optional<Double> lower = Optional.ofNullable(values.get(prefix + LOWER));
    Optional<Double> upper = Optional.ofNullable(values.get(prefix + UPPER));
    return Optional.ofNullable(values.get(prefix + SUCCESS))
        .map(
            success ->
                new Estimate(
                    success, lower.flatMap(low -> upper.map(up -> new Estimate.Bounds(low, up)))));
  }
}
