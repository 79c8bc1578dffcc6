package org.gtrturbo.actor;

import java.util.List;
import java.util.OptionalLong;
import org.gtrturbo.agents.PlayedTurn;

/**
 * One turn of each environment of one worker.
 *
 * @param policyVersion that generated every token
 * @param teacherVersion that scored every token, where there is a teacher
 * @param openTurns turns that the episodes still in play have had so far, this round's included
 * @param thoughtEntropy sum over the turns of the thought's mean token entropy, in nats
 * @param actionEntropy sum over the turns of the action's mean token entropy, in nats
 */
public record PlayedRound(
    long policyVersion,
    OptionalLong teacherVersion,
    Counts counts,
    long openTurns,
    double thoughtEntropy,
    double actionEntropy) {

  /**
   * @param formatted turns whose text named one action
   * @param episodes that ended
   * @param successes episodes that ended well
   */
  public record Counts(long turns, long tokens, long formatted, long episodes, long successes) {
    static final Counts NONE = new Counts(0, 0, 0, 0, 0);

    Counts plus(Counts other) {
      return new Counts(
          turns + other.turns,
          tokens + other.tokens,
          formatted + other.formatted,
          episodes + other.episodes,
          successes + other.successes);
    }
  }

  static PlayedRound of(long policyVersion, OptionalLong teacherVersion, List<PlayedTurn> turns) {
    long tokens = 0;
    long formatted = 0;
    long episodes = 0;
    long successes = 0;
    long openTurns = 0;
    double thoughtEntropy = 0;
    double actionEntropy = 0;
    for (PlayedTurn turn : turns) {
      tokens += turn.written().tokens().length;
      formatted += turn.step().info().formatted() ? 1 : 0;
      episodes += turn.step().last() ? 1 : 0;
      successes += turn.step().info().success().orElse(false) ? 1 : 0;
      openTurns += turn.step().last() ? 0 : turn.turnIndex() + 1;
      thoughtEntropy += turn.written().thoughtEntropy();
      actionEntropy += turn.written().actionEntropy();
    }
    return new PlayedRound(
        policyVersion,
        teacherVersion,
        new Counts(turns.size(), tokens, formatted, episodes, successes),
        openTurns,
        thoughtEntropy,
        actionEntropy);
  }
}
