package org.gtrturbo.learner;

import static org.assertj.core.api.Assertions.assertThat;
import static org.gtrturbo.learner.TestTurns.turn;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.gtrturbo.events.OffsetRange;
import org.gtrturbo.events.PartitionProgress;
import org.gtrturbo.events.Turn;
import org.gtrturbo.learner.Batch.Episode;
import org.gtrturbo.platform.kafka.RecordDigest;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Over logs with everything that can go wrong in them (repeated, missing, unreadable, unusable and
 * stale turns, newer attempts, episodes without an end, holes), read in any interleaving, with
 * restarts at any moment: each offset is settled exactly once, no turn is trained on twice, only
 * whole episodes are trained on, and none of their turns is too old.
 */
class AccountingPropertyTest {
  private static final long MAX_STALENESS = 2;
  private static final BatchAssembler.Rules RULES =
      new BatchAssembler.Rules(
          24,
          MAX_STALENESS,
          turn ->
              turn.getEnvironment().equals("numberline")
                  ? Optional.empty()
                  : Optional.of("it is of another environment"));

  /** A record of a partition; without a turn it is unreadable. */
  private record Logged(long offset, Optional<Turn> turn) {}

  @ParameterizedTest(name = "seed {0}")
  @MethodSource("seeds")
  void everyOffsetIsSettledOnceWhateverHappens(long seed) {
    var random = new SplittableRandom(seed);
    int partitions = 1 + random.nextInt(4);
    List<List<Logged>> logs =
        IntStream.range(0, partitions).mapToObj(partition -> log(random, partition)).toList();
    List<Batch> committed = read(logs, random, 0.01);

    assertThat(committed).hasSizeGreaterThan(5);
    Set<List<Long>> settled = new HashSet<>();
    Set<String> trained = new HashSet<>();
    for (int version = 0; version < committed.size(); version++) {
      Batch batch = committed.get(version);
      settle(batch.account().trained(), settled);
      checkDigests(batch.account().trained(), batch.account().trainedDigests(), logs);
      batch
          .account()
          .leftOut()
          .forEach(each -> checkDigests(each.getRanges(), each.getDigests(), logs));
      batch.account().leftOut().forEach(reason -> settle(reason.getRanges(), settled));
      assertThat(settled).isEqualTo(settledBy(batch.account().progress()));
      for (Episode episode : batch.episodes()) {
        checkTrained(episode, version, trained);
      }
    }
  }

  @ParameterizedTest(name = "seed {0}")
  @MethodSource("seeds")
  void restartsDoNotChangeWhatIsTrainedOn(long seed) {
    List<List<Logged>> log = List.of(log(new SplittableRandom(seed), 0));

    List<Batch> whole = read(log, new SplittableRandom(seed), 0);
    List<Batch> interrupted = read(log, new SplittableRandom(seed), 0.02);

    assertThat(interrupted)
        .extracting(batch -> batch.account().trained())
        .isEqualTo(whole.stream().map(batch -> batch.account().trained()).toList());
  }

  private static LongStream seeds() {
    return LongStream.rangeClosed(1, 40);
  }

  private static List<Batch> read(
      List<List<Logged>> logs, SplittableRandom random, double restartProbability) {
    List<Batch> committed = new ArrayList<>();
    List<PartitionProgress> progress =
        IntStream.range(0, logs.size())
            .mapToObj(partition -> new PartitionProgress(partition, 0L, List.of()))
            .toList();
    var assembler = new BatchAssembler(RULES, 0, progress);
    int[] at = new int[logs.size()];
    int[] furthest = new int[logs.size()];
    while (IntStream.range(0, at.length).anyMatch(each -> at[each] < logs.get(each).size())) {
      int partition = random.nextInt(logs.size());
      if (at[partition] == logs.get(partition).size()) {
        continue;
      }
      Logged record = logs.get(partition).get(at[partition]++);
      add(assembler, partition, record);
      Optional<Batch> batch = assembler.takeBatch();
      // Killed only where it has not been before, or the end would hardly ever be reached.
      boolean killed =
          at[partition] > furthest[partition] && random.nextDouble() < restartProbability;
      furthest[partition] = Math.max(furthest[partition], at[partition]);
      if (batch.isPresent() && !killed) {
        committed.add(batch.get());
        progress = batch.get().account().progress();
        assembler.startVersion(committed.size());
      }
      if (killed) {
        assembler = new BatchAssembler(RULES, committed.size(), progress);
        Arrays.fill(at, 0);
      }
    }
    return committed;
  }

  private static void add(BatchAssembler assembler, int partition, Logged record) {
    record
        .turn()
        .ifPresentOrElse(
            turn -> assembler.add(TestTurns.received(partition, record.offset(), turn)),
            () -> assembler.add(TestTurns.unreadable(partition, record.offset())));
  }

  private static List<Logged> log(SplittableRandom random, int partition) {
    List<List<Turn>> playing = new ArrayList<>();
    List<Turn> turns = new ArrayList<>();
    List<Logged> log = new ArrayList<>();
    long offset = random.nextInt(4) == 0 ? random.nextInt(20) : 0;
    for (int episode = 0; log.size() < 600; ) {
      while (playing.size() < 6) {
        playing.add(new ArrayList<>(episode(random, partition + "-" + episode++, log.size())));
      }
      List<Turn> chosen = playing.get(random.nextInt(playing.size()));
      Turn turn = chosen.removeFirst();
      if (chosen.isEmpty()) {
        playing.remove(chosen);
      }
      turns.add(turn);
      int fate = random.nextInt(100);
      if (fate == 0) {
        log.add(new Logged(offset++, Optional.empty()));
      } else if (fate == 1) {
        offset += 1 + random.nextInt(5);
      } else if (fate > 2) {
        log.add(new Logged(offset++, Optional.of(turn)));
      }
      if (fate > 90) {
        Turn before = turns.get(Math.max(0, turns.size() - 1 - random.nextInt(30)));
        log.add(new Logged(offset++, Optional.of(before)));
      }
    }
    return log;
  }

  private static List<Turn> episode(SplittableRandom random, String id, int age) {
    int attempts = random.nextInt(10) == 0 ? 2 : 1;
    List<Turn> turns = new ArrayList<>();
    for (int attempt = 0; attempt < attempts; attempt++) {
      int length = 1 + random.nextInt(5);
      // Cut before the last: abandoned, or without an end.
      int played = attempt + 1 < attempts || random.nextInt(15) == 0 ? length - 1 : length;
      for (int index = 0; index < played; index++) {
        turns.add(
            turn(id, attempt, index)
                .setTerminated(index == length - 1)
                .setEnvironment(random.nextInt(80) == 0 ? "chess" : "numberline")
                .setPolicyVersion(Math.max(0, age / 60 - random.nextInt(3)))
                .build());
      }
    }
    return turns.isEmpty() ? episode(random, id, age) : turns;
  }

  private static void checkDigests(
      List<OffsetRange> ranges, ByteBuffer digests, List<List<Logged>> logs) {
    ByteBuffer unread = digests.duplicate();
    for (OffsetRange range : ranges) {
      int partition = range.getPartition();
      for (long offset = range.getFirst(); offset <= range.getLast(); offset++) {
        long at = offset;
        boolean logged = logs.get(partition).stream().anyMatch(record -> record.offset() == at);
        assertThat(RecordDigest.next(unread))
            .isEqualTo(logged ? TestTurns.digest(partition, offset) : RecordDigest.NONE);
      }
    }
    assertThat(unread.hasRemaining()).isFalse();
  }

  private static void checkTrained(Episode episode, int version, Set<String> trained) {
    List<PlacedTurn> turns = episode.turns();
    Turn first = turns.getFirst().turn();
    for (int index = 0; index < turns.size(); index++) {
      Turn turn = turns.get(index).turn();
      assertThat(turn.getEpisodeId()).isEqualTo(first.getEpisodeId());
      assertThat(turn.getAttempt()).isEqualTo(first.getAttempt());
      assertThat(turn.getTurnIndex()).isEqualTo(index);
      assertThat(turn.getTerminated()).isEqualTo(index == turns.size() - 1);
      assertThat(turn.getPolicyVersion()).isBetween(version - MAX_STALENESS, (long) version);
      assertThat(trained.add(turn.getEpisodeId() + "/" + turn.getAttempt() + "/" + index)).isTrue();
    }
  }

  private static void settle(List<OffsetRange> ranges, Set<List<Long>> settled) {
    for (OffsetRange range : ranges) {
      LongStream.rangeClosed(range.getFirst(), range.getLast())
          .forEach(
              offset ->
                  assertThat(settled.add(List.of((long) range.getPartition(), offset))).isTrue());
    }
  }

  private static Set<List<Long>> settledBy(List<PartitionProgress> progress) {
    Set<List<Long>> settled = new HashSet<>();
    for (PartitionProgress each : progress) {
      long partition = each.getPartition();
      LongStream.range(0, each.getPosition())
          .forEach(offset -> settled.add(List.of(partition, offset)));
      each.getSettledAbove()
          .forEach(
              range ->
                  LongStream.rangeClosed(range.getFirst(), range.getLast())
                      .forEach(offset -> settled.add(List.of(partition, offset))));
    }
    return settled;
  }
}
