package org.gtrturbo.learner;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.IntStream;
import org.gtrturbo.agents.Draws;
import org.gtrturbo.events.TeacherScore;
import org.gtrturbo.policy.PolicySpec;
import org.gtrturbo.policy.training.TrainingTurn;
import org.gtrturbo.policy.training.TrainingTurn.Lesson;
import org.junit.jupiter.api.Test;

/** Which turns thoughts are learned from, and which lesson stands beside which turn. */
class LessonsTest {
  private static final PolicySpec SPEC =
      new PolicySpec(
          new PolicySpec.PictureSpec(2, 4, 1, 2, 2),
          new PolicySpec.TextSpec(
              IntStream.range(0, 100).mapToObj(word -> word == 1 ? "<act>" : "w" + word).toList(),
              2,
              3),
          new PolicySpec.TransformerSpec(4, 1, 1, 4));

  @Test
  void theBufferHoldsTheNewestTurnsByPlaceWhateverTheOrderInWhichTheyWereRead() {
    var buffer = new LessonBuffer(SPEC, 5);
    var shuffled = new LessonBuffer(SPEC, 5);
    List<PlacedTurn> first = turns(0, 3);
    List<PlacedTurn> second = turns(3, 7);
    buffer.add(first);
    buffer.add(second);
    List<PlacedTurn> reversed = new ArrayList<>(second);
    Collections.reverse(reversed);
    shuffled.add(first);
    shuffled.add(reversed);

    assertThat(thoughts(buffer.all())).containsExactly(1, 4, 6, 3, 5);
    assertThat(thoughts(shuffled.all())).isEqualTo(thoughts(buffer.all()));
  }

  @Test
  void aTurnWhoseTeacherHadNoThoughtTeachesNothingButCounts() {
    var buffer = new LessonBuffer(SPEC, 2);
    buffer.add(turns(4, 5));
    buffer.add(List.of(placed(9, List.of())));
    buffer.add(turns(6, 7));

    assertThat(thoughts(buffer.all())).containsExactly(6);
  }

  @Test
  void anEpochDrawsEachLessonOnceBeforeAnyTwiceAndEpochsDiffer() {
    var lessons = new Lessons(new Draws(1, Draws.Purpose.LESSONS), 2);
    List<Lesson> few = lessons(3);
    List<Lesson> many = lessons(50);

    List<Integer> drawn = thoughtsBeside(lessons.beside(plainTurns(8), few, 4));
    assertThat(drawn).hasSize(16);
    assertThat(drawn.subList(0, 3)).containsExactlyInAnyOrder(0, 1, 2);
    assertThat(drawn.subList(3, 6)).containsExactlyInAnyOrder(0, 1, 2);

    List<Integer> wide = thoughtsBeside(lessons.beside(plainTurns(8), many, 4));
    Set<Integer> firstEpoch = new HashSet<>(wide.subList(0, 8));
    assertThat(firstEpoch).hasSize(8);
    assertThat(wide.subList(8, 16)).isNotEqualTo(wide.subList(0, 8));
    assertThat(thoughtsBeside(lessons.beside(plainTurns(8), many, 4))).isEqualTo(wide);
    assertThat(thoughtsBeside(lessons.beside(plainTurns(8), many, 5))).isNotEqualTo(wide);
  }

  @Test
  void withoutAnyLessonATurnStandsBesideAnEmptyOne() {
    var lessons = new Lessons(new Draws(1, Draws.Purpose.LESSONS), 1);

    assertThat(lessons.beside(plainTurns(2), List.of(), 1))
        .allSatisfy(turn -> assertThat(turn.lesson().orElseThrow().thought()).isEmpty());
  }

  @Test
  void theStepsOfALaterEpochSeeTheTurnsOfThatEpoch() {
    var lessons = new Lessons(new Draws(1, Draws.Purpose.LESSONS), 2);

    assertThat(lessons.over(new int[][] {{0, 1}, {2, 3}, {3, 0}, {1, 2}}, 4))
        .isDeepEqualTo(new int[][] {{0, 1}, {2, 3}, {7, 4}, {5, 6}});
  }

  private static List<PlacedTurn> turns(int from, int to) {
    return IntStream.range(from, to).mapToObj(number -> placed(number, List.of(number))).toList();
  }

  private static PlacedTurn placed(int number, List<Integer> thought) {
    var none = TestTurns.floats();
    return new PlacedTurn(
        number % 2,
        number,
        TestTurns.turn("a", 0, 0)
            .setTeacher(new TeacherScore(0L, none, 0, none, none, thought, "", 0L))
            .build());
  }

  private static List<Integer> thoughts(List<Lesson> lessons) {
    return lessons.stream().map(lesson -> lesson.thought()[0]).toList();
  }

  private static List<Lesson> lessons(int size) {
    return IntStream.range(0, size)
        .mapToObj(number -> new Lesson(new byte[8], new int[2], new int[] {number}))
        .toList();
  }

  private static List<Integer> thoughtsBeside(List<TrainingTurn> turns) {
    return turns.stream().map(turn -> turn.lesson().orElseThrow().thought()[0]).toList();
  }

  private static List<TrainingTurn> plainTurns(int size) {
    return Collections.nCopies(
        size,
        new TrainingTurn(
            new byte[8],
            new int[2],
            new TrainingTurn.Written(new int[] {2, 1, 3}, 1, new float[3]),
            TrainingTurn.Target.UNKNOWN,
            Optional.empty()));
  }
}
