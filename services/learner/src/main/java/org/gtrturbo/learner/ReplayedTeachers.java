package org.gtrturbo.learner;

import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import org.apache.avro.specific.SpecificRecord;
import org.gtrturbo.agents.Computing;
import org.gtrturbo.agents.GuidingStream;
import org.gtrturbo.agents.TeacherGuide;
import org.gtrturbo.agents.WeightBlobs;
import org.gtrturbo.events.Decision;
import org.gtrturbo.events.Teacher;
import org.gtrturbo.events.TeacherScore;
import org.gtrturbo.events.Topic;
import org.gtrturbo.events.TopicCatalogue;
import org.gtrturbo.events.Turn;
import org.gtrturbo.lineage.DueTeachers;
import org.gtrturbo.lineage.Verdicts;
import org.gtrturbo.platform.blobs.BlobStore;
import org.gtrturbo.platform.kafka.Cluster;
import org.gtrturbo.platform.kafka.DeadLetters;
import org.gtrturbo.platform.kafka.TopicFollower;
import org.gtrturbo.platform.settings.Settings;
import org.gtrturbo.policy.ObservationBatch;
import org.gtrturbo.policy.Parameters;
import org.gtrturbo.policy.PolicySpec;

/**
 * The teachers of a replay, which score recorded turns, or write their thoughts on them, in the
 * place of the recorded run's.
 *
 * <p>A turn is scored by this run's newest teacher of no newer version than the one that scored it
 * then; a turn that none has scored, by the newest that its policy version allows. So a replay
 * knows no more at any moment than the recorded run did, and its scores do not depend on how fast
 * the merger is: the learner waits for it, unless no such teacher is to come because the rule or a
 * decision leaves the checkpoints out.
 */
final class ReplayedTeachers implements TurnGuide {
  private static final Duration TEACHER_WITHIN = Duration.ofMinutes(2);
  private static final int SCORED_AT_ONCE = 128;
  // Turns of one batch are scored by a few neighbouring versions.
  private static final int KEPT = 8;

  private final Settings settings;
  private final Optional<TeacherGuide> with;
  private final WeightBlobs weights;
  private final TurnInputs inputs;
  private final ObservationBatch observations;
  private final DueTeachers due;
  private final TopicFollower<Teacher> follower;
  private final TopicFollower<Decision> decisions;
  // By hash: a version that a decision has made anew is another teacher of the same number.
  private final Map<String, Parameters> loaded =
      new LinkedHashMap<>(KEPT, 0.75f, true) {
        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Parameters> eldest) {
          return size() > KEPT;
        }
      };
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private final TreeMap<Long, Teacher> teachers = new TreeMap<>();
  private final Verdicts verdicts = new Verdicts();
  private boolean ended;

  private ReplayedTeachers(
      Settings settings, PolicySpec spec, Cluster cluster, TopicCatalogue topics, BlobStore blobs) {
    this.settings = settings;
    this.with = TeacherGuide.of(settings, spec, Computing.learner(settings));
    this.weights = new WeightBlobs(blobs);
    this.inputs = new TurnInputs(spec);
    this.observations = new ObservationBatch(spec, SCORED_AT_ONCE);
    this.due = DueTeachers.of(settings.teacher());
    this.follower = follow(cluster, topics.teachers(), this::add);
    this.decisions = follow(cluster, topics.decisions(), this::add);
  }

  private static <T extends SpecificRecord> TopicFollower<T> follow(
      Cluster cluster, Topic<T> topic, Consumer<T> to) {
    return TopicFollower.start(
        cluster,
        topic,
        "replay-" + topic.name(),
        DeadLetters.logged("replay"),
        received -> to.accept(received.value()));
  }

  static ReplayedTeachers of(Settings settings, PolicySpec spec, Cluster cluster, BlobStore blobs) {
    var topics = new TopicCatalogue(settings.run().name(), settings.kafka().trajectoryPartitions());
    return new ReplayedTeachers(settings, spec, cluster, topics, blobs);
  }

  @Override
  public List<Turn> guide(List<Turn> turns) throws InterruptedException {
    if (with.isEmpty()) {
      return turns;
    }
    Map<Long, List<Integer>> placesByTeacher = new TreeMap<>();
    for (int place = 0; place < turns.size(); place++) {
      placesByTeacher
          .computeIfAbsent(teacherOf(turns.get(place)), _ -> new ArrayList<>())
          .add(place);
    }
    List<Turn> guided = new ArrayList<>(turns);
    for (var entry : placesByTeacher.entrySet()) {
      Teacher teacher = await(entry.getKey());
      List<Integer> places = entry.getValue();
      for (int from = 0; from < places.size(); from += SCORED_AT_ONCE) {
        var some = places.subList(from, Math.min(from + SCORED_AT_ONCE, places.size()));
        score(with.get(), teacher, some, guided);
      }
    }
    return guided;
  }

  private long teacherOf(Turn turn) {
    long known = turn.getTeacher().map(TeacherScore::getVersion).orElse(turn.getPolicyVersion());
    return settings.teacher().newestAt(known);
  }

  private void score(TeacherGuide with, Teacher teacher, List<Integer> places, List<Turn> turns) {
    List<Turn> some = places.stream().map(turns::get).toList();
    Parameters parameters =
        loaded.computeIfAbsent(teacher.getHash(), _ -> weights.load(teacher).parameters());
    observations.clear();
    some.forEach(turn -> observations.add(TurnInputs.pixels(turn), inputs.prompt(turn)));
    List<TeacherScore> scores =
        with.guide(
            teacher.getVersion(),
            parameters,
            observations,
            some.stream().map(ReplayedTeachers::played).toList());
    for (int row = 0; row < some.size(); row++) {
      turns.set(
          places.get(row), Turn.newBuilder(some.get(row)).setTeacher(scores.get(row)).build());
    }
  }

  private static TeacherGuide.Played played(Turn turn) {
    return new TeacherGuide.Played(
        TurnInputs.tokens(turn),
        turn.getThoughtTokens(),
        turn.getEnvironmentSeed(),
        turn.getTurnIndex());
  }

  private void add(Teacher teacher) {
    lock.lock();
    try {
      if (teacher.getStream().equals(GuidingStream.OWN)) {
        // A revision begins with the version that it goes on from.
        teachers.tailMap(teacher.getVersion(), true).clear();
        teachers.put(teacher.getVersion(), teacher);
      }
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  private void add(Decision decision) {
    lock.lock();
    try {
      verdicts.add(decision);
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  private boolean isSettled(long version) {
    return !teachers.isEmpty() && due.isSettled(teachers.lastEntry().getValue(), version, verdicts);
  }

  private Teacher await(long version) throws InterruptedException {
    long nanosLeft = TEACHER_WITHIN.toNanos();
    lock.lockInterruptibly();
    try {
      while (!ended && !isSettled(version)) {
        follower.throwIfFailed();
        decisions.throwIfFailed();
        if (nanosLeft <= 0) {
          throw new IllegalStateException(
              "teacher "
                  + version
                  + " of run "
                  + settings.run().name()
                  + " has not come within "
                  + TEACHER_WITHIN.toSeconds()
                  + " s; is its merger running?");
        }
        long wait = Math.min(nanosLeft, TimeUnit.SECONDS.toNanos(1));
        nanosLeft -= wait - Math.max(0, changed.awaitNanos(wait));
      }
      if (ended) {
        throw new InterruptedException("the replay was stopped");
      }
      return teachers.floorEntry(version).getValue();
    } finally {
      lock.unlock();
    }
  }

  @Override
  public void end() {
    lock.lock();
    try {
      ended = true;
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  @Override
  public void close() {
    try (follower;
        decisions) {
      with.ifPresent(TeacherGuide::close);
    }
  }
}
