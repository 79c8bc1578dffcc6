package org.gtrturbo.events;

import org.jspecify.annotations.NullMarked;

/**
 * Names that more than one service says or reads on the topic of metrics; all names are written in
 * one form, {@code camelCase}. The whole list is in {@code docs/metrics.md}.
 */
@NullMarked
public final class MetricNames {
  /** The source of what the learner measures at each update. */
  public static final String LEARNER = "learner";

  /** Part of the episodes that succeeded, of those whose environment says so. */
  public static final String SUCCESS_RATE = "successRate";

  /** Mean sum of an episode's rewards, unscaled. */
  public static final String EPISODE_RETURN = "episodeReturn";

  /** Part of the turns whose text parsed. */
  public static final String FORMATTED = "formatted";

  /** Part of the turns whose thought names what the picture shows, where it can be told. */
  public static final String RECOGNISED = "recognised";

  /** Mean length of a turn's text. */
  public static final String TOKENS_PER_TURN = "tokensPerTurn";

  private MetricNames() {}
}
