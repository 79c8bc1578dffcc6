package org.gtrturbo.lab;

import java.util.Comparator;
import java.util.EnumMap;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Decides what is evaluated next: the newest versions only, and those in turn of which something
 * newer has come. For one thread at a time.
 */
final class EvaluationPlan {
  private final int everyVersions;
  private final Map<Evaluated, Done> done = new EnumMap<>(Evaluated.class);
  private Optional<Long> newestPolicy = Optional.empty();
  private Optional<Long> newestTeacher = Optional.empty();
  private long evaluations;

  private record Done(long version, long turn) {}

  /** One evaluation that is due. */
  record Due(Evaluated evaluated, long version) {}

  EvaluationPlan(int everyVersions) {
    this.everyVersions = everyVersions;
  }

  void policyIsAt(long version) {
    newestPolicy = Optional.of(version);
  }

  void teacherIsAt(long version) {
    newestTeacher = Optional.of(version);
  }

  /** Empty while nothing is newer than what was evaluated last. */
  Optional<Due> next() {
    return Stream.of(Evaluated.values())
        .flatMap(evaluated -> due(evaluated).stream())
        .min(Comparator.comparingLong(due -> lastTurn(due.evaluated())));
  }

  private Optional<Due> due(Evaluated evaluated) {
    return (evaluated.isTeacher() ? newestTeacher : newestPolicy)
        .filter(newest -> isNewEnough(evaluated, newest))
        .map(newest -> new Due(evaluated, newest));
  }

  private boolean isNewEnough(Evaluated evaluated, long newest) {
    Done last = done.get(evaluated);
    return last == null || newest >= last.version() + everyVersions;
  }

  private long lastTurn(Evaluated evaluated) {
    Done last = done.get(evaluated);
    return last == null ? -1 : last.turn();
  }

  void isDone(Due due) {
    done.put(due.evaluated(), new Done(due.version(), evaluations++));
  }
}
