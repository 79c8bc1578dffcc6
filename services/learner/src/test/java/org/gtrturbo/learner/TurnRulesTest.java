package org.gtrturbo.learner;

import static org.assertj.core.api.Assertions.assertThat;
import static org.gtrturbo.learner.TestTurns.floats;
import static org.gtrturbo.learner.TestTurns.tokens;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.gtrturbo.events.SeenObservation;
import org.gtrturbo.events.TeacherScore;
import org.gtrturbo.events.Turn;
import org.gtrturbo.policy.PolicySpec;
import org.gtrturbo.policy.losses.Estimator;
import org.gtrturbo.policy.losses.Guidance;
import org.gtrturbo.policy.losses.Guidance.Placement;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** What a turn must be like, seen from a policy of 4 x 2 pixels, four words and three tokens. */
class TurnRulesTest {
  private static final PolicySpec SPEC =
      new PolicySpec(
          new PolicySpec.PictureSpec(2, 4, 1, 2, 2),
          new PolicySpec.TextSpec(List.of("<pad>", "<act>", "+", "-"), 2, 3),
          new PolicySpec.TransformerSpec(4, 1, 1, 4));

  @Test
  void aTurnThatFitsIsTakenWithAndWithoutGuidance() {
    assertThat(wrong(new Guidance.None(), turn -> {})).isEmpty();
    assertThat(wrong(clipped(), turn -> turn.setTeacher(teacher(2).build()))).isEmpty();
    assertThat(wrong(reverse(2), turn -> turn.setTeacher(teacher(2).build()))).isEmpty();
    assertThat(wrong(reverse(4), turn -> turn.setTeacher(whole()))).isEmpty();
    assertThat(wrong(new Guidance.Thoughts(), turn -> turn.setTeacher(thought(2, 3)))).isEmpty();
    assertThat(wrong(new Guidance.Thoughts(), turn -> turn.setTeacher(thought()))).isEmpty();
  }

  @Test
  void theTeachersTopMayNameAnyOfVeryManyWords() {
    List<String> words = new ArrayList<>(SPEC.text().words());
    while (words.size() < 50_000) {
      words.add("w" + words.size());
    }
    PolicySpec many =
        new PolicySpec(SPEC.picture(), new PolicySpec.TextSpec(words, 2, 3), SPEC.network());

    assertThat(wrong(many, reverse(2), named(0, 32_767, 32_768, 49_999))).isEmpty();
    assertThat(wrong(many, reverse(2), named(0, 1, 50_000, 2)))
        .hasValueSatisfying(said -> contains(said, "no token 50000"));
  }

  private static Consumer<Turn.Builder> named(int... top) {
    return turn -> turn.setTeacher(teacher(2).setTopTokens(tokens(top)).build());
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("faults")
  void aTurnThatDoesNotFitIsRefusedWithTheReason(String reason, Consumer<Turn.Builder> fault) {
    assertThat(wrong(new Guidance.None(), fault))
        .hasValueSatisfying(said -> contains(said, reason));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("teacherFaults")
  void aTeachersSideThatDoesNotFitIsRefusedWithTheReason(
      String reason, Consumer<Turn.Builder> fault) {
    assertThat(wrong(reverse(2), fault)).hasValueSatisfying(said -> contains(said, reason));
    assertThat(wrong(new Guidance.None(), fault)).isEmpty();
  }

  @Test
  void aThoughtThatDoesNotFitIsRefusedWithTheReason() {
    assertThat(wrong(new Guidance.Thoughts(), turn -> {}))
        .hasValueSatisfying(said -> contains(said, "no teacher's scores"));
    assertThat(wrong(new Guidance.Thoughts(), turn -> turn.setTeacher(thought(2, 9))))
        .hasValueSatisfying(said -> contains(said, "no token 9"));
    assertThat(wrong(new Guidance.Thoughts(), turn -> turn.setTeacher(thought(2, 2, 2))))
        .hasValueSatisfying(said -> contains(said, "there is room for 2 before an action"));
  }

  private static Stream<Arguments> faults() {
    return Stream.of(
        fault("of environment chess", turn -> turn.setEnvironment("chess")),
        fault("is 5 x 2 x 1", turn -> seen(turn, seen -> seen.setWidth(5))),
        fault("has 7 bytes", turn -> seen(turn, seen -> seen.setImage(ByteBuffer.allocate(7)))),
        fault("has 0 bytes", turn -> seen(turn, SeenObservation.Builder::clearImage)),
        fault("prompt cannot be read", turn -> seen(turn, seen -> seen.setPrompt("what"))),
        fault("prompt cannot be read", turn -> seen(turn, seen -> seen.setPrompt("+ + +"))),
        fault("has 0 tokens", turn -> turn.setTokens(List.of())),
        fault("has 4 tokens", turn -> turn.setTokens(List.of(1, 1, 1, 1))),
        fault("no token 4", turn -> turn.setTokens(List.of(1, 4, 1))),
        fault("no token -1", turn -> turn.setTokens(List.of(-1, 1, 1))),
        fault("4 of its 3 tokens", turn -> turn.setThoughtTokens(4)),
        fault("log-probability for each", turn -> turn.setLogProbs(floats(-1, -1))),
        fault("not finite", turn -> turn.setLogProbs(floats(-1, Float.NaN, -1))),
        fault("not finite", turn -> turn.setReward(Double.POSITIVE_INFINITY)),
        fault("not finite", turn -> turn.setValueEstimate(Float.NaN)));
  }

  private static Stream<Arguments> teacherFaults() {
    return Stream.of(
        fault("no teacher's scores", turn -> {}),
        fault("top 3, guidance needs 2", turn -> turn.setTeacher(teacher(2).setTopK(3).build())),
        fault(
            "finite log-probability of each token",
            turn -> turn.setTeacher(teacher(2).setLogProbs(floats(-1, -1)).build())),
        fault(
            "top 2 of each thought token",
            turn -> turn.setTeacher(teacher(2).setTopLogProbs(floats(-1, -1, -1)).build())),
        fault(
            "top 2 of each thought token",
            turn -> turn.setTeacher(teacher(2).setTopTokens(tokens()).build())),
        fault(
            "no token 9",
            turn -> turn.setTeacher(teacher(2).setTopTokens(tokens(1, 2, 9, 1)).build())));
  }

  private static Arguments fault(String reason, Consumer<Turn.Builder> fault) {
    return Arguments.of(reason, fault);
  }

  private static void contains(String said, String reason) {
    assertThat(said).contains(reason);
  }

  private static void seen(Turn.Builder turn, Consumer<SeenObservation.Builder> change) {
    var seen = SeenObservation.newBuilder(turn.getObservation());
    change.accept(seen);
    turn.setObservation(seen.build());
  }

  private static TeacherScore.Builder teacher(int topK) {
    return TeacherScore.newBuilder()
        .setVersion(0)
        .setLogProbs(floats(-1, -2, -3))
        .setTopK(topK)
        .setTopTokens(tokens(1, 2, 0, 1))
        .setTopLogProbs(floats(-1, -2, -1, -2));
  }

  private static Guidance reverse(int topK) {
    return new Guidance.Distance(Placement.LOSS, new Estimator.ReverseKl(topK));
  }

  private static Guidance clipped() {
    return new Guidance.Distance(Placement.TOKEN_ADVANTAGE, Estimator.Clip.unbounded());
  }

  private static TeacherScore thought(Integer... tokens) {
    return TeacherScore.newBuilder()
        .setVersion(0)
        .setLogProbs(floats())
        .setTopK(0)
        .setTopTokens(tokens())
        .setTopLogProbs(floats())
        .setThought(List.of(tokens))
        .build();
  }

  private static TeacherScore whole() {
    return teacher(4)
        .setTopTokens(tokens())
        .setTopLogProbs(floats(-1, -1, -1, -1, -1, -1, -1, -1))
        .build();
  }

  private static Optional<String> wrong(Guidance guidance, Consumer<Turn.Builder> fault) {
    return wrong(SPEC, guidance, fault);
  }

  private static Optional<String> wrong(
      PolicySpec spec, Guidance guidance, Consumer<Turn.Builder> fault) {
    Turn.Builder turn = TestTurns.turn("a", 0, 0);
    fault.accept(turn);
    return new TurnRules("numberline", spec, guidance).apply(turn.build());
  }
}
