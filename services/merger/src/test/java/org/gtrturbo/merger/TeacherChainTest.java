package org.gtrturbo.merger;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.gtrturbo.events.Teacher;
import org.gtrturbo.merging.Ema;
import org.gtrturbo.platform.blobs.FolderBlobStore;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** When the state and the topic of teachers agree, and what happens where they do not. */
class TeacherChainTest {
  private static final MergePlan EMA = new MergePlan(new Ema(0.5), 1);

  @TempDir Path folder;

  @Test
  void theTopicsNewestTeacherIsGoneOnWithWhereTheStateIsOlderOrLost() {
    List<Teacher> teachers = run().undisturbed(EMA, 2);
    TeacherChain chain = chain(EMA, Optional.of(teachers.get(2)));

    assertThat(chain.continueFrom(Optional.empty())).contains(teachers.get(2));
    assertThat(chain.continueFrom(Optional.of(teachers.get(1)))).contains(teachers.get(2));
    assertThat(chain.continueFrom(Optional.of(teachers.get(2)))).contains(teachers.get(2));
    assertThat(chain(EMA, Optional.empty()).continueFrom(Optional.empty())).isEmpty();
  }

  @Test
  void aTopicThatShowsItsNewestTeacherLateIsWaitedFor() {
    List<Teacher> teachers = run().undisturbed(EMA, 2);
    var reads = new ArrayDeque<>(List.of(teachers.get(1), teachers.get(1), teachers.get(2)));
    var chain = new TeacherChain(EMA, () -> Optional.of(reads.remove()), Duration.ofMinutes(1));

    assertThat(chain.continueFrom(Optional.of(teachers.get(2)))).contains(teachers.get(2));
    assertThat(reads).isEmpty();
  }

  @Test
  void aStateThatContradictsTheTopicStopsTheMerger() {
    Teacher held = run().undisturbed(EMA, 2).getLast();
    Teacher rival = run().undisturbed(new MergePlan(new Ema(0.5), 2), 2).getLast();
    var plan = new MergePlan(new Ema(0.5), 2);

    assertThatThrownBy(() -> chain(plan, Optional.of(rival)).continueFrom(Optional.of(held)))
        .isInstanceOf(BrokenChainException.class)
        .hasMessageContaining("teacher 2 has the hash " + held.getHash() + " in the merger's state")
        .hasMessageContaining(rival.getHash() + " on the teachers topic");
  }

  @Test
  void aTopicThatHasLostTeachersStopsTheMerger() {
    List<Teacher> teachers = run().undisturbed(EMA, 2);

    assertThatThrownBy(
            () ->
                chain(EMA, Optional.of(teachers.get(1))).continueFrom(Optional.of(teachers.get(2))))
        .isInstanceOf(BrokenChainException.class)
        .hasMessageContaining("holds teacher 2, the newest on the teachers topic is 1");
  }

  @Test
  void anOlderVersionOfALaterRevisionIsNewer() {
    List<Teacher> teachers = run().undisturbed(EMA, 3);
    Teacher again = revised(teachers.get(1));

    assertThat(chain(EMA, Optional.of(again)).continueFrom(Optional.of(teachers.get(3))))
        .contains(again);
    var reads = new ArrayDeque<>(List.of(teachers.get(3), again));
    var late = new TeacherChain(EMA, () -> Optional.of(reads.remove()), Duration.ofMinutes(1));
    assertThat(late.continueFrom(Optional.of(again))).contains(again);
    assertThatThrownBy(
            () -> chain(EMA, Optional.of(teachers.get(3))).continueFrom(Optional.of(again)))
        .isInstanceOf(BrokenChainException.class)
        .hasMessageContaining("holds teacher 1 of revision 1")
        .hasMessageContaining("the newest on the teachers topic is 3");
  }

  private Teacher revised(Teacher teacher) {
    return new TeacherFoundry(new FolderBlobStore(folder), Map.of())
        .revised(teacher, teacher.getRevision() + 1, Instant.EPOCH);
  }

  @Test
  void aTeacherThatIsNotWhatItsHashSaysIsRefused() {
    Teacher forged = Teacher.newBuilder(run().undisturbed(EMA, 1).getLast()).setMerged(7).build();

    assertThatThrownBy(() -> chain(EMA, Optional.of(forged)).newest())
        .isInstanceOf(BrokenChainException.class)
        .hasMessageContaining("something else than a merger wrote or changed it");
  }

  private RecordedRun run() {
    return new RecordedRun(new FolderBlobStore(folder));
  }

  private static TeacherChain chain(MergePlan plan, Optional<Teacher> announced) {
    return new TeacherChain(plan, () -> announced, Duration.ZERO);
  }
}
