package org.gtrturbo.actor;

import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Supplier;
import org.gtrturbo.agents.EnvironmentGroup;
import org.gtrturbo.agents.PlayedTurn;
import org.gtrturbo.policy.Sampling;

/**
 * Plays a share of an actor's environments, for one thread. Policy and teacher are asked for once a
 * round, so that a new version comes between two turns and never within one.
 */
public final class ActorWorker {
  private final Seats seats;
  private final Sampling sampling;
  private final Supplier<VersionedWeights> policy;
  private final Optional<TeacherScorer> teacher;
  private final TurnEvents events;
  private final TurnSink sink;

  /**
   * The environments of one worker.
   *
   * @param size how many
   * @param number of the worker within its actor, from 0
   * @param workers of the actor
   */
  record Seats(EnvironmentGroup group, int size, int number, int workers) {
    /** Numbers of different workers' episodes differ. */
    static long episodeNumber(long episodeOfGroup, int number, int workers) {
      return episodeOfGroup * workers + number;
    }
  }

  ActorWorker(
      Seats seats,
      Sampling sampling,
      Supplier<VersionedWeights> policy,
      Optional<TeacherScorer> teacher,
      TurnEvents events,
      TurnSink sink) {
    this.seats = seats;
    this.sampling = sampling;
    this.policy = policy;
    this.teacher = teacher;
    this.events = events;
    this.sink = sink;
  }

  /** How many turns a round has. */
  public int roundTurns() {
    return seats.size();
  }

  /** Plays, scores and hands on one turn of every environment. */
  public PlayedRound playRound() {
    VersionedWeights behaviour = policy.get();
    List<PlayedTurn> turns = seats.group().play(behaviour.parameters(), sampling);
    Optional<TeacherScorer.Scored> scored =
        teacher.map(scorer -> scorer.score(seats.group().observations(), turns));
    Instant playedAt = Instant.now();
    for (int index = 0; index < turns.size(); index++) {
      int row = index;
      PlayedTurn turn = turns.get(row);
      sink.accept(
          events.event(
              Seats.episodeNumber(turn.episode(), seats.number(), seats.workers()),
              behaviour.version(),
              turn,
              scored.map(round -> round.scores().get(row)),
              playedAt));
    }
    OptionalLong teacherVersion =
        scored.map(scores -> OptionalLong.of(scores.version())).orElse(OptionalLong.empty());
    return PlayedRound.of(behaviour.version(), teacherVersion, turns);
  }
}
