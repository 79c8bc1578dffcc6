package org.gtrturbo.agents;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.gtrturbo.events.TeacherScore;
import org.gtrturbo.policy.Generation;
import org.gtrturbo.policy.Generator;
import org.gtrturbo.policy.ObservationBatch;
import org.gtrturbo.policy.Parameters;
import org.gtrturbo.policy.PolicySpec;
import org.gtrturbo.policy.Sampling;
import org.gtrturbo.policy.Vocabulary;

/**
 * The thoughts that a teacher writes on what the agent saw, without seeing what the agent wrote.
 *
 * <p>A text with no action marker has no thought that ends, and none is carried. The action that
 * goes with the thought is the agent's own, which the turn has already.
 *
 * @param generator closed with this
 * @param draws for tokens, by environment seed and turn
 */
record TeacherThoughts(
    PolicySpec spec, Generator generator, Sampling sampling, Draws draws, Vocabulary vocabulary)
    implements TeacherGuide {

  TeacherThoughts(PolicySpec spec, Generator generator, Sampling sampling, Draws draws) {
    this(spec, generator, sampling, draws, new Vocabulary(spec.text().words()));
  }

  @Override
  public List<TeacherScore> guide(
      long version, Parameters teacher, ObservationBatch observations, List<Played> turns) {
    int most = spec.text().generatedTokens();
    float[] uniforms = new float[turns.size() * most];
    for (int row = 0; row < turns.size(); row++) {
      Played turn = turns.get(row);
      draws.uniformsInto(uniforms, row * most, most, turn.environmentSeed(), turn.turnIndex());
    }
    Generation written = generator.generate(teacher, observations, sampling, uniforms);
    List<TeacherScore> thoughts = new ArrayList<>(turns.size());
    for (int row = 0; row < turns.size(); row++) {
      thoughts.add(event(version, written.tokens()[row]));
    }
    return thoughts;
  }

  private TeacherScore event(long version, int[] tokens) {
    int length = vocabulary.thoughtLength(tokens);
    boolean ends = length < tokens.length;
    List<Integer> thought =
        ends ? Arrays.stream(tokens, 0, length).boxed().toList() : List.<Integer>of();
    ByteBuffer none = ByteBuffer.allocate(0);
    return new TeacherScore(version, none, 0, none, none, thought, "", 0L);
  }

  @Override
  public void close() {
    generator.close();
  }
}
