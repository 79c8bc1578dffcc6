package org.gtrturbo.learner;

import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.gtrturbo.agents.Draws;
import org.gtrturbo.agents.EnvironmentGroup;
import org.gtrturbo.agents.PlayedTurn;
import org.gtrturbo.agents.PolicyWeights;
import org.gtrturbo.environments.Environments;
import org.gtrturbo.environments.Rendering;
import org.gtrturbo.events.SeenObservation;
import org.gtrturbo.events.TeacherScore;
import org.gtrturbo.events.Turn;
import org.gtrturbo.platform.settings.Settings;
import org.gtrturbo.policy.Generator;
import org.gtrturbo.policy.Sampling;
import org.gtrturbo.policy.Scorer;
import org.gtrturbo.policy.TokenScores;

/** Plays real turns with a given policy, and scores them with the same policy as their teacher. */
final class ScriptedActor {
  private static final int ENVIRONMENTS = 8;

  private final Settings settings;
  private final String name;

  ScriptedActor(Settings settings, String name) {
    this.settings = settings;
    this.name = name;
  }

  /** At least so many turns; the last episodes may be unfinished. */
  List<Turn> play(PolicyWeights policy, long policyVersion, int atLeast) {
    var draws = new Draws(settings.run().seed(), Draws.Purpose.EPISODE_SEED);
    List<Turn> turns = new ArrayList<>();
    try (var generator = new Generator(policy.spec(), 1);
        var scorer = new Scorer(policy.spec(), 1)) {
      var group =
          new EnvironmentGroup(
              policy.spec(),
              generator,
              () ->
                  Environments.named(
                      settings.environment().name(),
                      Rendering.SMALL,
                      settings.environment().imageNoise()),
              ENVIRONMENTS,
              episode -> draws.seedAt(name.hashCode(), episode),
              new Draws(settings.run().seed(), Draws.Purpose.TOKENS));
      while (turns.size() < atLeast) {
        List<PlayedTurn> played = group.play(policy.parameters(), Sampling.at(1));
        TokenScores scores =
            scorer.score(
                policy.parameters(),
                group.observations(),
                played.stream().map(turn -> turn.written().tokens()).toArray(int[][]::new),
                played.stream().mapToInt(turn -> turn.written().thoughtTokens()).toArray(),
                settings.guidance().topK(),
                1);
        for (int row = 0; row < played.size(); row++) {
          turns.add(event(played.get(row), policyVersion, score(scores, row, played.get(row))));
        }
      }
    }
    return turns;
  }

  /** The teacher's thought is the agent's, backwards. */
  private static TeacherScore score(TokenScores scores, int row, PlayedTurn played) {
    List<Integer> thought =
        Arrays.stream(played.written().tokens(), 0, played.written().thoughtTokens())
            .boxed()
            .toList();
    return TeacherScore.newBuilder()
        .setThought(
            thought.size() < played.written().tokens().length ? thought.reversed() : List.of())
        .setVersion(0)
        .setLogProbs(TestTurns.floats(scores.logProbs()[row]))
        .setTopK(scores.topK())
        .setTopTokens(TestTurns.tokens(scores.topTokens()[row]))
        .setTopLogProbs(TestTurns.floats(scores.topLogProbs()[row]))
        .build();
  }

  private Turn event(PlayedTurn played, long policyVersion, TeacherScore score) {
    var written = played.written();
    var step = played.step();
    var picture = played.seen().picture();
    var turn =
        TestTurns.turn(name + "-" + played.episode(), 0, played.turnIndex())
            .setEnvironment(settings.environment().name())
            .setEnvironmentSeed(played.episodeSeed())
            .setPolicyVersion(policyVersion)
            .setObservation(
                SeenObservation.newBuilder()
                    .setWidth(picture.width())
                    .setHeight(picture.height())
                    .setChannels(picture.channels())
                    .setImage(ByteBuffer.wrap(picture.pixels()))
                    .setPrompt(played.seen().prompt())
                    .build())
            .setTokens(Arrays.stream(written.tokens()).boxed().toList())
            .setThoughtTokens(written.thoughtTokens())
            .setLogProbs(TestTurns.floats(written.logProbs()))
            .setThoughtEntropy((float) written.thoughtEntropy())
            .setActionEntropy((float) written.actionEntropy())
            .setValueEstimate(written.value())
            .setAction(step.info().action())
            .setFormatted(step.info().formatted())
            .setLegal(step.info().legal())
            .setReward(step.reward())
            .setTerminated(step.terminated())
            .setTruncated(step.truncated())
            .setTeacher(score)
            .setPlayedAt(Instant.now());
    step.info().recognised().ifPresent(turn::setRecognised);
    step.info().success().ifPresent(turn::setSuccess);
    return turn.build();
  }
}
