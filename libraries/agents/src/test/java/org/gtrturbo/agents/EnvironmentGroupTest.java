package org.gtrturbo.agents;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.gtrturbo.environments.Environment;
import org.gtrturbo.environments.Environments;
import org.gtrturbo.environments.Rendering;
import org.gtrturbo.platform.settings.Settings;
import org.gtrturbo.policy.Generator;
import org.gtrturbo.policy.Parameters;
import org.gtrturbo.policy.PolicySpec;
import org.gtrturbo.policy.Sampling;
import org.gtrturbo.policy.VisionLanguageModel;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** An episode depends on its own number alone, and a group that ends plays whole episodes only. */
class EnvironmentGroupTest {
  private static final long SEED = 7;
  private static final Supplier<Environment> ENVIRONMENTS =
      () -> Environments.named("numberline", Rendering.SMALL, 0.1);
  private static final PolicySpec SPEC =
      PolicySpecs.of(
          ENVIRONMENTS.get().spec(),
          new Settings.PolicySettings(Optional.empty(), 8, 1, 2, 16, 8, 8));
  private static final Parameters WEIGHTS = VisionLanguageModel.initialise(SPEC, SEED);

  private static Generator generator;

  @BeforeAll
  static void openGenerator() {
    generator = new Generator(SPEC, 1);
  }

  @AfterAll
  static void closeGenerator() {
    generator.close();
  }

  @Test
  void aGroupThatEndsPlaysExactlyItsEpisodesEachToItsEnd() {
    Map<Long, List<PlayedTurn>> episodes = playAll(group(4).endAfter(11));

    assertThat(episodes.keySet()).containsExactly(0L, 1L, 2L, 3L, 4L, 5L, 6L, 7L, 8L, 9L, 10L);
    assertThat(episodes.values())
        .allSatisfy(
            turns -> {
              assertThat(turns.getLast().step().last()).isTrue();
              assertThat(turns).extracting(PlayedTurn::turnIndex).isSorted();
              assertThat(turns.stream().filter(turn -> turn.step().last())).hasSize(1);
            });
  }

  @Test
  void aGroupWithFewerEpisodesThanEnvironmentsLeavesSomeOut() {
    assertThat(playAll(group(8).endAfter(3))).containsOnlyKeys(0L, 1L, 2L);
  }

  @Test
  void anEpisodeIsTheSameWhoeverPlaysBesideIt() {
    assertThat(texts(playAll(group(1).endAfter(6))))
        .isEqualTo(texts(playAll(group(5).endAfter(6))));
  }

  private static EnvironmentGroup group(int size) {
    return new EnvironmentGroup(
        SPEC,
        generator,
        ENVIRONMENTS,
        size,
        episode -> new Draws(SEED, Draws.Purpose.EPISODE_SEED).seedAt(episode, 0),
        new Draws(SEED, Draws.Purpose.TOKENS));
  }

  private static Map<Long, List<PlayedTurn>> playAll(EnvironmentGroup group) {
    var episodes = new TreeMap<Long, List<PlayedTurn>>();
    List<PlayedTurn> played = group.play(WEIGHTS, Sampling.at(1));
    while (!played.isEmpty()) {
      played.forEach(
          turn -> episodes.computeIfAbsent(turn.episode(), _ -> new ArrayList<>()).add(turn));
      played = group.play(WEIGHTS, Sampling.at(1));
    }
    return episodes;
  }

  private static Map<Long, List<List<Integer>>> texts(Map<Long, List<PlayedTurn>> episodes) {
    return episodes.entrySet().stream()
        .collect(
            Collectors.toMap(
                Map.Entry::getKey,
                entry ->
                    entry.getValue().stream()
                        .map(turn -> java.util.Arrays.stream(turn.written().tokens()).boxed())
                        .map(tokens -> tokens.toList())
                        .toList()));
  }
}
