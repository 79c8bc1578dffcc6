package org.gtrturbo.lineage;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.LongConsumer;
import org.gtrturbo.platform.kafka.RecordDigest;

/**
 * What a ledger says of the offsets of one partition. It points at the ledger's own digests, 8
 * bytes for each offset, because a run has tens of millions. For one thread.
 */
final class SettledOffsets {
  private static final int PAGE_BITS = 12;
  private static final int PAGE = 1 << PAGE_BITS;

  private final List<Account> accounts = new ArrayList<>();

  // By offset the number of its account, from 1, and behind it its place there; 0 where it has
  // none.
  private final TreeMap<Long, long[]> pages = new TreeMap<>();

  // Most are asked for in order.
  private long[] lastPage = new long[PAGE];
  private long lastNumber = Long.MAX_VALUE;

  /** What a ledger entry says of some records. No record: it is known by itself, not by content. */
  static final class Account {
    private final SettledRecords records;
    private final boolean read;
    private final String fate;

    /**
     * @param read whether there were records where no digest tells
     */
    Account(SettledRecords records, boolean read, String fate) {
      this.records = records;
      this.read = read;
      this.fate = fate;
    }

    private Expected expected(int place) {
      RecordDigest digest = records.digest(place);
      boolean digested = !digest.equals(RecordDigest.NONE);
      return new Expected(digest, digested, read || digested, fate);
    }
  }

  /**
   * What is expected at one offset.
   *
   * @param digested whether the digest is known
   * @param read whether there was a record
   */
  record Expected(RecordDigest digest, boolean digested, boolean read, String fate) {
    boolean is(RecordDigest other) {
      return read && (!digested || digest.equals(other));
    }
  }

  /**
   * Settles an offset.
   *
   * @param place of the record among those of the account
   * @return what was expected there already, if anything was
   */
  Optional<Expected> settle(long offset, Account account, int place) {
    if (accounts.isEmpty() || !accounts.getLast().equals(account)) {
      accounts.add(account);
    }
    long number = offset >> PAGE_BITS;
    if (number != lastNumber) {
      lastPage = pages.computeIfAbsent(number, _ -> new long[PAGE]);
      lastNumber = number;
    }
    long[] page = lastPage;
    int at = (int) offset & (PAGE - 1);
    Optional<Expected> before = expected(page[at]);
    page[at] = (long) accounts.size() << Integer.SIZE | place;
    return before;
  }

  /** What is expected at an offset; empty where the ledger does not speak of it. */
  Optional<Expected> at(long offset) {
    return expected(entry(offset));
  }

  boolean isSettled(long offset) {
    return entry(offset) != 0;
  }

  /** How many offsets below this one are settled. */
  long countBelow(long offset) {
    long[] count = new long[1];
    for (Map.Entry<Long, long[]> page : pages.headMap(offset >> PAGE_BITS, true).entrySet()) {
      forEach(
          page,
          settled -> {
            if (settled < offset) {
              count[0]++;
            }
          });
    }
    return count[0];
  }

  /** Shows every offset settled that is not below this one, in order. */
  void forEachFrom(long offset, LongConsumer listener) {
    for (Map.Entry<Long, long[]> page : pages.tailMap(offset >> PAGE_BITS, true).entrySet()) {
      forEach(
          page,
          settled -> {
            if (settled >= offset) {
              listener.accept(settled);
            }
          });
    }
  }

  private static void forEach(Map.Entry<Long, long[]> page, LongConsumer listener) {
    long first = page.getKey() << PAGE_BITS;
    for (int at = 0; at < PAGE; at++) {
      if (page.getValue()[at] != 0) {
        listener.accept(first + at);
      }
    }
  }

  private long entry(long offset) {
    long number = offset >> PAGE_BITS;
    if (number != lastNumber) {
      long[] page = pages.get(number);
      if (page == null) {
        return 0;
      }
      lastPage = page;
      lastNumber = number;
    }
    return lastPage[(int) offset & (PAGE - 1)];
  }

  private Optional<Expected> expected(long entry) {
    return entry == 0
        ? Optional.empty()
        : Optional.of(accounts.get((int) (entry >> Integer.SIZE) - 1).expected((int) entry));
  }
}
