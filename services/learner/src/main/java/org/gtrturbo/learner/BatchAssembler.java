package org.gtrturbo.learner;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import org.gtrturbo.events.LeftOutReason;
import org.gtrturbo.events.PartitionProgress;
import org.gtrturbo.events.Turn;
import org.gtrturbo.learner.Batch.Episode;
import org.gtrturbo.platform.kafka.Received;
import org.gtrturbo.platform.kafka.RecordDigest;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Puts batches of whole episodes together from turns as they are read, and accounts for every
 * offset exactly once: trained on, or left out with a reason.
 *
 * <ul>
 *   <li>{@code STALE}: a turn of the episode was generated more than the allowed number of versions
 *       ago, so that the episode can never be trained on.
 *   <li>{@code GAP}: an earlier turn of the episode is missing; offsets that reading jumped over.
 *   <li>{@code REPEATED}: the same turn of the same attempt came before.
 *   <li>{@code ABANDONED}: a newer attempt of the episode was seen.
 *   <li>{@code UNUSABLE}: a turn of the episode cannot be trained on; a turn behind the episode's
 *       last.
 *   <li>{@code UNREADABLE}: the record is no turn.
 * </ul>
 *
 * <p>Episodes that are done with are remembered by the {@link #REMEMBERED} newest, so that a turn
 * which is published again is recognised. For one thread.
 */
final class BatchAssembler {
  static final int REMEMBERED = 1 << 16;

  private static final Logger LOG = LoggerFactory.getLogger(BatchAssembler.class);

  /**
   * @param turnsPerUpdate a batch is ready with the episode that brings it to this many turns
   * @param maxStalenessVersions a turn this many versions older than the policy is trained on, an
   *     older one is not
   * @param unusable why a turn cannot be trained on; empty where it can
   */
  record Rules(
      int turnsPerUpdate, long maxStalenessVersions, Function<Turn, Optional<String>> unusable) {}

  /** Turns of an episode so far, indices from 0 without a gap. */
  private record Open(int attempt, List<PlacedTurn> turns) {
    long oldestVersion() {
      return turns.stream().mapToLong(each -> each.turn().getPolicyVersion()).min().orElseThrow();
    }
  }

  /**
   * An episode that is done with.
   *
   * @param lastIndex the highest turn index that came
   * @param reasonForMore why turns behind it are left out
   */
  private record Closed(int attempt, int lastIndex, LeftOutReason reasonForMore) {}

  private final Rules rules;
  private final OffsetLedger ledger;
  private final Map<String, Open> open = new LinkedHashMap<>();
  private final Map<String, Closed> closed =
      new LinkedHashMap<>() {
        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Closed> eldest) {
          return size() > REMEMBERED;
        }
      };
  private List<Episode> complete = new ArrayList<>();
  private int completeTurns;
  private long policyVersion;

  /**
   * @param policyVersion of the policy that the next batch trains
   * @param progress of the checkpoint of that version
   */
  BatchAssembler(Rules rules, long policyVersion, List<PartitionProgress> progress) {
    this.rules = rules;
    this.policyVersion = policyVersion;
    this.ledger = new OffsetLedger(progress);
  }

  /** Takes a record; those of a partition come in order, those read before the progress too. */
  void add(Received<Turn> record) {
    switch (record) {
      case Received.Event<Turn> turn ->
          add(turn.partition(), turn.offset(), turn.digest(), turn.value());
      case Received.Unreadable<Turn> unreadable ->
          addUnreadable(unreadable.partition(), unreadable.offset(), unreadable.digest());
    }
  }

  private void addUnreadable(int partition, long offset, RecordDigest digest) {
    if (ledger.read(partition, offset, digest) == OffsetLedger.Reading.NEW) {
      ledger.leaveOut(partition, offset, LeftOutReason.UNREADABLE);
    }
  }

  private void add(int partition, long offset, RecordDigest digest, Turn turn) {
    PlacedTurn placed = new PlacedTurn(partition, offset, turn);
    switch (ledger.read(partition, offset, digest)) {
      case NEW -> route(placed);
      case SETTLED -> recall(turn);
      case AGAIN -> {}
    }
  }

  /** The batch, once it is ready; its turns are settled with that. */
  Optional<Batch> takeBatch() {
    if (completeTurns < rules.turnsPerUpdate()) {
      return Optional.empty();
    }
    List<Episode> episodes = complete;
    complete = new ArrayList<>();
    completeTurns = 0;
    episodes.forEach(
        episode -> episode.turns().forEach(each -> ledger.train(each.partition(), each.offset())));
    return Optional.of(new Batch(episodes, ledger.closeEntry()));
  }

  /** Goes on for a newer policy: open episodes that have become too old for it are left out. */
  void startVersion(long version) {
    policyVersion = version;
    List<String> stale =
        open.entrySet().stream()
            .filter(each -> isStale(each.getValue().oldestVersion()))
            .map(Map.Entry::getKey)
            .toList();
    stale.forEach(episode -> leaveOutOpen(episode, LeftOutReason.STALE));
  }

  private void route(PlacedTurn placed) {
    Open playing = open.get(placed.turn().getEpisodeId());
    Closed done = closed.get(placed.turn().getEpisodeId());
    if (playing != null) {
      routeOpen(placed, playing);
    } else if (done != null) {
      routeClosed(placed, done);
    } else {
      begin(placed);
    }
  }

  private void routeOpen(PlacedTurn placed, Open playing) {
    int attempt = placed.turn().getAttempt();
    if (attempt < playing.attempt()) {
      leaveOut(placed, LeftOutReason.ABANDONED);
    } else if (attempt > playing.attempt()) {
      leaveOutOpen(placed.turn().getEpisodeId(), LeftOutReason.ABANDONED);
      begin(placed);
    } else {
      goOn(placed, playing);
    }
  }

  private void routeClosed(PlacedTurn placed, Closed done) {
    int attempt = placed.turn().getAttempt();
    if (attempt < done.attempt()) {
      leaveOut(placed, LeftOutReason.ABANDONED);
    } else if (attempt > done.attempt()) {
      begin(placed);
    } else {
      leaveOutBehind(placed, done);
    }
  }

  private void begin(PlacedTurn placed) {
    goOn(placed, new Open(placed.turn().getAttempt(), new ArrayList<>()));
  }

  private void goOn(PlacedTurn placed, Open playing) {
    Turn turn = placed.turn();
    int expected = playing.turns().size();
    if (turn.getTurnIndex() >= 0 && turn.getTurnIndex() < expected) {
      leaveOut(placed, LeftOutReason.REPEATED);
      return;
    }
    open.put(turn.getEpisodeId(), playing);
    playing.turns().add(placed);
    Optional<LeftOutReason> wrong = wrong(placed, expected);
    if (wrong.isPresent()) {
      leaveOutOpen(turn.getEpisodeId(), wrong.get());
    } else if (placed.endsEpisode()) {
      complete(turn.getEpisodeId(), playing);
    }
  }

  private Optional<LeftOutReason> wrong(PlacedTurn placed, int expectedIndex) {
    Turn turn = placed.turn();
    if (turn.getTurnIndex() != expectedIndex) {
      return Optional.of(LeftOutReason.GAP);
    }
    Optional<String> unusable =
        turn.getPolicyVersion() > policyVersion
            ? Optional.of(
                "its policy version " + turn.getPolicyVersion() + " is newer than " + policyVersion)
            : rules.unusable().apply(turn);
    if (unusable.isPresent()) {
      LOG.warn(
          "partition {} offset {}: turn {} of episode {} cannot be trained on: {}",
          placed.partition(),
          placed.offset(),
          turn.getTurnIndex(),
          turn.getEpisodeId(),
          unusable.get());
      return Optional.of(LeftOutReason.UNUSABLE);
    }
    return isStale(turn.getPolicyVersion()) ? Optional.of(LeftOutReason.STALE) : Optional.empty();
  }

  private void complete(String episode, Open playing) {
    open.remove(episode);
    complete.add(new Episode(playing.turns()));
    completeTurns += playing.turns().size();
    close(episode, playing, LeftOutReason.UNUSABLE);
  }

  private void leaveOutOpen(String episode, LeftOutReason reason) {
    Open playing = open.remove(episode);
    if (playing != null) {
      playing.turns().forEach(each -> leaveOut(each, reason));
      close(episode, playing, reason);
    }
  }

  private void close(String episode, Open playing, LeftOutReason reasonForMore) {
    int lastIndex = playing.turns().getLast().turn().getTurnIndex();
    remember(episode, new Closed(playing.attempt(), lastIndex, reasonForMore));
  }

  private void leaveOutBehind(PlacedTurn placed, Closed done) {
    int index = placed.turn().getTurnIndex();
    if (index <= done.lastIndex()) {
      leaveOut(placed, LeftOutReason.REPEATED);
      return;
    }
    leaveOut(placed, done.reasonForMore());
    remember(placed.turn().getEpisodeId(), new Closed(done.attempt(), index, done.reasonForMore()));
  }

  /** What is settled of an episode before a restart is not known any more, only that it is. */
  private void recall(Turn turn) {
    String episode = turn.getEpisodeId();
    Closed before = closed.get(episode);
    int lastIndex = turn.getTurnIndex();
    if (before != null && before.attempt() == turn.getAttempt()) {
      lastIndex = Math.max(lastIndex, before.lastIndex());
    }
    boolean older = before != null && before.attempt() > turn.getAttempt();
    if (older || open.containsKey(episode)) {
      return;
    }
    remember(episode, new Closed(turn.getAttempt(), lastIndex, LeftOutReason.GAP));
  }

  private void remember(String episode, Closed done) {
    // Taken out first, so that the map's order is by the last word on an episode.
    closed.remove(episode);
    closed.put(episode, done);
  }

  private void leaveOut(PlacedTurn placed, LeftOutReason reason) {
    ledger.leaveOut(placed.partition(), placed.offset(), reason);
  }

  private boolean isStale(long version) {
    return version < policyVersion - rules.maxStalenessVersions();
  }
}
