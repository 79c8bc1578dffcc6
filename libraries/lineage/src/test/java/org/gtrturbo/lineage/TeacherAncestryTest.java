package org.gtrturbo.lineage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;
import static org.assertj.core.api.Assertions.within;
import static org.gtrturbo.lineage.SmallTeachers.before;
import static org.gtrturbo.lineage.SmallTeachers.chain;
import static org.gtrturbo.lineage.SmallTeachers.checkpoint;
import static org.gtrturbo.lineage.SmallTeachers.merged;
import static org.gtrturbo.lineage.SmallTeachers.teacher;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.gtrturbo.events.Teacher;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The weights of checkpoints in a teacher are those of the closed form, in both directions, and the
 * weights say what the numbers of a merge say.
 */
class TeacherAncestryTest {
  private static final double ROUNDING = 1e-12;

  @Test
  void inAMovingAverageWeightsFadeWithEveryFold() {
    List<Teacher> chain = chain(4, 1, _ -> 0.5);

    assertThat(TeacherAncestry.of(chain).shares(chain.getLast()))
        .containsExactly(
            new CheckpointShare(0, "c0", 0.0625),
            new CheckpointShare(1, "c1", 0.0625),
            new CheckpointShare(2, "c2", 0.125),
            new CheckpointShare(3, "c3", 0.25),
            new CheckpointShare(4, "c4", 0.5));
  }

  @Test
  void inAMeanAllCheckpointsWeighTheSameAndTheBaseNothing() {
    List<Teacher> chain = chain(1000, 1, count -> 1.0 / count);

    List<CheckpointShare> shares = TeacherAncestry.of(chain).shares(chain.getLast());

    assertThat(shares).hasSize(1000).first().extracting(CheckpointShare::version).isEqualTo(1L);
    assertThat(shares)
        .allSatisfy(share -> assertThat(share.weight()).isCloseTo(0.001, within(ROUNDING)));
  }

  @ParameterizedTest(name = "seed {0}")
  @ValueSource(longs = {1, 2, 3, 4, 5})
  void mergingNumbersByTheSharesGivesWhatFoldingThemGave(long seed) {
    var random = new SplittableRandom(seed);
    List<Teacher> chain = chain(60, 3, _ -> random.nextDouble());
    double[] checkpoints = random.doubles(60 * 3 + 1).toArray();
    double folded = checkpoints[0];
    for (Teacher fold : chain.subList(1, chain.size())) {
      double newest = fold.getInputs().getFirst().getWeight();
      folded = (1 - newest) * folded + newest * checkpoints[(int) fold.getVersion()];
    }

    double shared =
        TeacherAncestry.of(chain).shares(chain.getLast()).stream()
            .mapToDouble(share -> share.weight() * checkpoints[(int) share.version()])
            .sum();

    assertThat(shared).isCloseTo(folded, within(ROUNDING));
  }

  @ParameterizedTest(name = "seed {0}")
  @ValueSource(longs = {1, 2, 3})
  void bothDirectionsSayTheSame(long seed) {
    var random = new SplittableRandom(seed);
    List<Teacher> chain = chain(40, 2, _ -> random.nextDouble());
    var ancestry = TeacherAncestry.of(chain);

    for (long version = 0; version <= 80; version++) {
      long of = version;
      for (TouchedTeacher touched : ancestry.touchedBy(version)) {
        List<CheckpointShare> shares =
            ancestry.shares(ancestry.version(touched.version()).orElseThrow());
        assertThat(touched.weight())
            .isCloseTo(
                shares.stream()
                    .filter(share -> share.version() == of)
                    .mapToDouble(CheckpointShare::weight)
                    .sum(),
                within(ROUNDING));
        assertThat(touched.reach())
            .isCloseTo(
                shares.stream()
                    .filter(share -> share.version() >= of)
                    .mapToDouble(CheckpointShare::weight)
                    .sum(),
                within(ROUNDING));
      }
    }
  }

  @Test
  void aCheckpointThatIsNotMergedReachesTeachersThroughThoseThatCameOfIt() {
    var ancestry = TeacherAncestry.of(chain(3, 2, _ -> 0.5));

    assertThat(ancestry.touchedBy(3))
        .extracting(TouchedTeacher::version, TouchedTeacher::weight, TouchedTeacher::reach)
        .containsExactly(tuple(4L, 0.0, 0.5), tuple(6L, 0.0, 0.75));
  }

  @Test
  void aTeacherOfManyCheckpointsAtOnceHasTheirWeights() {
    Teacher window = teacher(3, "", merged(1, 0.25), merged(2, 0.25), merged(3, 0.5));

    assertThat(TeacherAncestry.of(List.of(window)).shares(window))
        .extracting(CheckpointShare::hash, CheckpointShare::weight)
        .containsExactly(
            tuple(checkpoint(1), 0.25), tuple(checkpoint(2), 0.25), tuple(checkpoint(3), 0.5));
  }

  @Test
  void ofAVersionMadeAgainTheOneMadeLastCounts() {
    List<Teacher> chain = new ArrayList<>(chain(3, 1, _ -> 0.5));
    Teacher again = teacher(3, "again", merged(3, 0.5), before(chain.get(1), 0.5));
    chain.add(again);
    var ancestry = TeacherAncestry.of(chain);

    assertThat(ancestry.version(3)).contains(again);
    assertThat(ancestry.shares(again))
        .extracting(CheckpointShare::version)
        .containsExactly(0L, 1L, 3L);
  }

  @Test
  void aTeacherWhosePredecessorIsNotKnownHasNoShares() {
    List<Teacher> chain = chain(3, 1, _ -> 0.5);
    var ancestry = TeacherAncestry.of(chain.subList(2, 4));

    assertThatThrownBy(() -> ancestry.shares(chain.get(3)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("teacher 3 is made from teachers that are not on the log before");
  }
}
