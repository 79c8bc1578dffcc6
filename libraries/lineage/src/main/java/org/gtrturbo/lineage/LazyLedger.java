package org.gtrturbo.lineage;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.LongFunction;
import java.util.function.Supplier;
import org.gtrturbo.events.LedgerEntry;

/**
 * A ledger that is read when the first entry is asked for: with its digests it is by far the
 * largest of a run's small topics, and most questions need none of it. For one thread.
 */
final class LazyLedger implements LongFunction<Optional<LedgerEntry>> {
  private final Supplier<List<LedgerEntry>> ledger;
  private final Map<Long, LedgerEntry> entries = new HashMap<>();
  private boolean read;

  LazyLedger(Supplier<List<LedgerEntry>> ledger) {
    this.ledger = ledger;
  }

  @Override
  public Optional<LedgerEntry> apply(long version) {
    if (!read) {
      ledger.get().forEach(entry -> entries.put(entry.getVersion(), entry));
      read = true;
    }
    return Optional.ofNullable(entries.get(version));
  }
}
