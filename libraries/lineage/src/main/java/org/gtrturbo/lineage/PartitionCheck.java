package org.gtrturbo.lineage;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Consumer;
import org.gtrturbo.lineage.SettledOffsets.Expected;
import org.gtrturbo.platform.kafka.RecordDigest;
import org.jspecify.annotations.Nullable;

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
  private final SettledOffsets settled = new SettledOffsets();
  private final List<Wrong> wrong = new ArrayList<>();
  private @Nullable OffsetsByDigest offsetsByDigest;
  private long next;

  /** How much further the records lie now than they lay. */
  private long shift;

  /** Of the records found, the last one's offset then. */
  private long found = -1;

  private long compared;
  private long waiting;

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

  /** What the ledger says of its offsets. */
  SettledOffsets settled() {
    return settled;
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
    Optional<Expected> expected = settled.at(offset - shift);
    if (expected.isEmpty() && wrong.isEmpty()) {
      waiting++;
    } else if (expected.isPresent() && expected.get().is(digest)) {
      compared++;
      judgeInPlace();
      found = offset - shift;
    } else {
      misplaced(offset, digest, expected);
    }
  }

  private void misplaced(long offset, RecordDigest digest, Optional<Expected> expected) {
    OptionalLong then = offsetsByDigest().firstBehind(digest, found);
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
    settled.forEachFrom(next - shift, offset -> missing(offset + shift));
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
    settled
        .at(offset - shift)
        .filter(Expected::read)
        .ifPresent(expected -> wrong.add(new Wrong(offset, Optional.empty(), expected)));
  }

  /** Made when a record is first found out of its place: most logs are what they were. */
  private OffsetsByDigest offsetsByDigest() {
    OffsetsByDigest made = offsetsByDigest;
    if (made == null) {
      made = new OffsetsByDigest(settled);
      offsetsByDigest = made;
    }
    return made;
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
            && wrong.getFirst().digest().filter(offsetsByDigest()::contains).isPresent();
    if (records > 1) {
      return records + " records were put in; all behind lies " + records + " further than it did";
    }
    return (again ? "a record of before stands here again" : "a record was put in")
        + "; all behind lies one further than it did";
  }

  private String takenOut(long first, long records) {
    String gone =
        settled
            .at(first - shift)
            .map(expected -> "the record that was " + expected.fate())
            .orElse("a record before it");
    return records > 1
        ? gone + " is gone with " + (records - 1) + " more; all behind has moved into their place"
        : gone + " is gone; all behind has moved into its place";
  }

  private void find(long offset, String what) {
    findings.accept(new Finding(place(offset), what));
  }
}
