package org.gtrturbo.learner;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import org.gtrturbo.events.TeacherScore;
import org.gtrturbo.events.Turn;
import org.gtrturbo.platform.settings.Settings;
import org.gtrturbo.policy.PolicySpec;
import org.gtrturbo.policy.training.TrainingTurn.Lesson;

/**
 * What the teachers would have thought on the newest turns that were trained on (the data set of
 * DAgger, bounded). For one thread.
 *
 * <p>It is what the log says it is: the turns of the versions so far, by version, partition and
 * offset, and of those the newest. So a learner that goes on from a checkpoint finds it in the log
 * again, and nothing of it is kept anywhere else.
 */
final class LessonBuffer {
  private final TurnInputs inputs;
  private final int capacity;
  // Without a lesson where a teacher had no thought that could be read: the turn counts all the
  // same.
  private final Deque<Lesson> lessons = new ArrayDeque<>();

  /** Of a run that learns thoughts; else one that stays empty. */
  static LessonBuffer of(Settings settings, PolicySpec spec) {
    boolean taught = settings.guidance().kind() == Settings.Guidance.SFT;
    return new LessonBuffer(spec, taught ? settings.guidance().thoughts().bufferTurns() : 0);
  }

  LessonBuffer(PolicySpec spec, int capacity) {
    this.inputs = new TurnInputs(spec);
    this.capacity = capacity;
  }

  /** How many turns it is made of at most. */
  int capacity() {
    return capacity;
  }

  /** Adds the turns that a version is trained on, in any order. */
  void add(List<PlacedTurn> turnsOfVersion) {
    if (capacity == 0) {
      return;
    }
    turnsOfVersion.stream()
        .sorted(PlacedTurn.BY_PLACE)
        .map(placed -> lesson(placed.turn()))
        .forEach(lessons::addLast);
    while (lessons.size() > capacity) {
      lessons.removeFirst();
    }
  }

  /** Those that teach something, oldest first. */
  List<Lesson> all() {
    return lessons.stream().filter(lesson -> lesson.thought().length > 0).toList();
  }

  private Lesson lesson(Turn turn) {
    int[] thought =
        turn.getTeacher().map(TeacherScore::getThought).orElse(List.of()).stream()
            .mapToInt(Integer::intValue)
            .toArray();
    return new Lesson(TurnInputs.pixels(turn), inputs.prompt(turn), thought);
  }
}
