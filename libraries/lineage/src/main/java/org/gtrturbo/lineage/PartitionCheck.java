package org.gtrturbo.lineage;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Consumer;
import org.gtrturbo.platform.kafka.RecordDigest;

/**
 * One partition of a {@link TrajectoryCheck}: where its records stand against where they stood when
 * they were settled.
 *
 * <p>A record that does not belong where it stands, or that is gone, waits for a later one to tell
 * why: one that stands where it must says that what is wrong is wrong in its place, one that stood
 * elsewhere says that records were put in or taken out.
 */
final class PartitionCheck {
  private final String name;
  private final Consumer<Finding> findings;
  private final TreeMap<Long, Expected> settled = new TreeMap<>();
  private final Map<RecordDigest, TreeSet<Long>> offsetsByDigest = new HashMap<>();
  private final List<Wrong> wrong = new ArrayList<>();
  private long next;

  /** How much further the records lie now than they lay. */
  private long shift;

  /** Of the records found, the last one's offset then. */
  private long found = -1;

  private long compared;
  private long waiting;

  /**
   * What the ledger says of one offset.
   *
   * @param digested whether the digest is known
   * @param read whether there was a record
   */
  record Expected(RecordDigest digest, boolean digested, boolean read, String fate) {
    private boolean is(RecordDigest other) {
      return read && (!digested || digest.equals(other));
    }
  }

  /**
   * @param digest empty where there is no record
   */
  private record Wrong(long offset, Optional<RecordDigest> digest, Expected expected) {
    private String inItsPlace() {
      if (!expected.read()) {
        return "there was no record here when it was " + expected.fate();
      }
      return digest
          .map(
              now ->
                  "it is not the record that was "
                      + expected.fate()
                      + ": its digest is "
                      + now
                      + ", the ledger's "
                      + expected.digest())
          .orElse("the record that was " + expected.fate() + " is gone");
    }
  }

  /**
   * @param name as {@code topic-partition}
   */
  PartitionCheck(String name, Consumer<Finding> findings) {
    this.name = name;
    this.findings = findings;
  }

  /** What was expected there already, if anything was. */
  Optional<Expected> settle(long offset, Expected expected) {
    return Optional.ofNullable(settled.put(offset, expected));
  }

  boolean isSettled(long offset) {
    return settled.containsKey(offset);
  }

  /** How many offsets below this one are settled. */
  long settledBelow(long offset) {
    return settled.headMap(offset).size();
  }

  void begin(long offset) {
    next = offset;
    found = offset - 1;
  }

  void record(long offset, RecordDigest digest) {
    for (long skipped = next; skipped < offset; skipped++) {
      missing(skipped);
    }
    next = offset + 1;
    Expected expected = settled.get(offset - shift);
    if (expected == null && wrong.isEmpty()) {
      waiting++;
    } else if (expected != null && expected.is(digest)) {
      compared++;
      judgeInPlace();
      found = offset - shift;
    } else {
      misplaced(offset, digest, Optional.ofNullable(expected));
    }
  }

  private void misplaced(long offset, RecordDigest digest, Optional<Expected> expected) {
    OptionalLong then = firstBehindFound(digest);
    if (then.isPresent()) {
      compared++;
      moved(offset, then.getAsLong());
    } else if (expected.isPresent()) {
      compared++;
      wrong.add(new Wrong(offset, Optional.of(digest), expected.get()));
    } else {
      waiting++;
    }
  }

  void end() {
    for (long offset : settled.tailMap(next - shift, true).keySet()) {
      missing(offset + shift);
    }
    judgeInPlace();
  }

  long compared() {
    return compared;
  }

  long waiting() {
    return waiting;
  }

  /** As findings name it. */
  String place(long offset) {
    return name + "@" + offset;
  }

  private void missing(long offset) {
    Expected expected = settled.get(offset - shift);
    if (expected != null && expected.read()) {
      wrong.add(new Wrong(offset, Optional.empty(), expected));
    }
  }

  private OptionalLong firstBehindFound(RecordDigest digest) {
    if (offsetsByDigest.isEmpty()) {
      settled.forEach(
          (offset, expected) -> {
            if (expected.digested()) {
              offsetsByDigest.computeIfAbsent(expected.digest(), _ -> new TreeSet<>()).add(offset);
            }
          });
    }
    Long behind = offsetsByDigest.getOrDefault(digest, new TreeSet<>()).higher(found);
    return behind == null ? OptionalLong.empty() : OptionalLong.of(behind);
  }

  /** What comes behind is in its place, so that nothing has moved. */
  private void judgeInPlace() {
    wrong.forEach(each -> find(each.offset(), each.inItsPlace()));
    wrong.clear();
  }

  private void moved(long offset, long then) {
    long further = offset - then - shift;
    long first = wrong.isEmpty() ? offset : wrong.getFirst().offset();
    find(first, further > 0 ? putIn(further) : takenOut(first, -further));
    wrong.clear();
    shift = offset - then;
    found = then;
  }

  private String putIn(long records) {
    boolean again =
        !wrong.isEmpty()
            && wrong.getFirst().digest().filter(offsetsByDigest::containsKey).isPresent();
    if (records > 1) {
      return records + " records were put in; all behind lies " + records + " further than it did";
    }
    return (again ? "a record of before stands here again" : "a record was put in")
        + "; all behind lies one further than it did";
  }

  private String takenOut(long first, long records) {
    Expected expected = settled.get(first - shift);
    String gone =
        expected == null ? "a record before it" : "the record that was " + expected.fate();
    return records > 1
        ? gone + " is gone with " + (records - 1) + " more; all behind has moved into their place"
        : gone + " is gone; all behind has moved into its place";
  }

  private void find(long offset, String what) {
    findings.accept(new Finding(place(offset), what));
  }
}
