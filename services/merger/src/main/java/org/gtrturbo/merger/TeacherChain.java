package org.gtrturbo.merger;

import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.Optional;
import java.util.function.Supplier;
import org.gtrturbo.events.Teacher;
import org.gtrturbo.lineage.TeacherHash;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The chain of teachers on the topic, which a state store is checked against and not trusted: the
 * topic is what everybody else has seen.
 */
final class TeacherChain {
  private static final Logger LOG = LoggerFactory.getLogger(TeacherChain.class);
  private static final Duration BETWEEN_READS = Duration.ofMillis(200);
  // A stream that starts again goes back to an earlier version under the next revision.
  private static final Comparator<Optional<Teacher>> AGE =
      Comparator.<Optional<Teacher>>comparingLong(
              teacher -> teacher.map(Teacher::getRevision).orElse(-1L))
          .thenComparingLong(teacher -> teacher.map(Teacher::getVersion).orElse(-1L));

  private final MergePlan plan;
  private final Supplier<Optional<Teacher>> newestAnnounced;
  private final Duration patience;

  /**
   * A chain under a plan.
   *
   * @param newestAnnounced reads the newest committed teacher of the topic
   * @param patience for how long the topic may lag behind the store
   */
  TeacherChain(MergePlan plan, Supplier<Optional<Teacher>> newestAnnounced, Duration patience) {
    this.plan = plan;
    this.newestAnnounced = newestAnnounced;
    this.patience = patience;
  }

  /**
   * The newest teacher announced.
   *
   * @throws BrokenChainException if it is not what its hash says, or another plan made it
   */
  Optional<Teacher> newest() {
    Optional<Teacher> newest = newestAnnounced.get();
    newest.ifPresent(this::check);
    return newest;
  }

  /**
   * The teacher to go on with: the topic's newest, if what the store holds agrees with it or is
   * older.
   *
   * @throws BrokenChainException as {@link #newest}, or if topic and store contradict each other
   */
  Optional<Teacher> continueFrom(Optional<Teacher> stored) {
    Optional<Teacher> announced = newestNotBehind(stored);
    int order = AGE.compare(announced, stored);
    if (order < 0) {
      throw new BrokenChainException(
          "the merger's state holds "
              + named(stored)
              + ", the newest on the teachers topic is "
              + announced.map(TeacherChain::number).orElse("none")
              + ": teachers are lost from the topic; restore the topic, or start another run");
    }
    if (order > 0) {
      LOG.info("state holds {}, going on with {} of the topic", named(stored), named(announced));
      return announced;
    }
    String storedHash = stored.map(Teacher::getHash).orElse("");
    String announcedHash = announced.map(Teacher::getHash).orElse("");
    if (!storedHash.equals(announcedHash)) {
      throw new BrokenChainException(
          named(stored)
              + " has the hash "
              + storedHash
              + " in the merger's state and "
              + announcedHash
              + " on the teachers topic; the state belongs to another history: if the topic is"
              + " right, delete the merger's state folder and its changelog topic");
    }
    return announced;
  }

  private static String named(Optional<Teacher> teacher) {
    return teacher.map(each -> "teacher " + number(each)).orElse("no teacher");
  }

  private static String number(Teacher teacher) {
    long revision = teacher.getRevision();
    return teacher.getVersion() + (revision == 0 ? "" : " of revision " + revision);
  }

  /**
   * A transaction that has ended becomes visible partition by partition, so for a moment the topic
   * may lack what the restored state has.
   */
  private Optional<Teacher> newestNotBehind(Optional<Teacher> stored) {
    Instant giveUp = Instant.now().plus(patience);
    while (true) {
      Optional<Teacher> newest = newest();
      if (AGE.compare(newest, stored) >= 0 || !Instant.now().isBefore(giveUp)) {
        return newest;
      }
      try {
        Thread.sleep(BETWEEN_READS);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        return newest;
      }
    }
  }

  private void check(Teacher teacher) {
    String expected = TeacherHash.of(teacher);
    if (!expected.equals(teacher.getHash())) {
      throw new BrokenChainException(
          "teacher "
              + teacher.getVersion()
              + " of the topic says its hash is "
              + teacher.getHash()
              + ", its content has "
              + expected
              + "; something else than a merger wrote or changed it");
    }
    if (!teacher.getRule().equals(plan.rule().name())
        || !teacher.getRuleSettings().equals(plan.ruleSettings())) {
      throw new BrokenChainException(
          "run "
              + teacher.getRun()
              + " merges by "
              + teacher.getRule()
              + " "
              + teacher.getRuleSettings()
              + " up to teacher "
              + teacher.getVersion()
              + ", the settings now say "
              + plan.rule().name()
              + " "
              + plan.ruleSettings()
              + "; set teacher.* as it was, or start another run");
    }
  }
}
