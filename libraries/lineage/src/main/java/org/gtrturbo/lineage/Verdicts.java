package org.gtrturbo.lineage;

import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.gtrturbo.events.Decision;
import org.gtrturbo.events.DecisionKind;

/** What was decided about checkpoints; of several decisions about one the last counts. */
public final class Verdicts {
  private final Map<Long, DecisionKind> latest = new TreeMap<>();
  private final Set<Long> quarantined = new HashSet<>();

  /** Takes a decision in; those about no checkpoint are passed over. */
  public void add(Decision decision) {
    if (decision.getKind() == DecisionKind.QUARANTINE) {
      quarantined.add(decision.getCheckpoint());
    }
    switch (decision.getKind()) {
      case QUARANTINE, EXCLUDE, ADMIT -> latest.put(decision.getCheckpoint(), decision.getKind());
      case PROMOTE, ROLLBACK -> {}
    }
  }

  /** Whether a checkpoint must be in no teacher. */
  public boolean isBarred(long version) {
    return switch (latest.getOrDefault(version, DecisionKind.ADMIT)) {
      case QUARANTINE, EXCLUDE -> true;
      case ADMIT, PROMOTE, ROLLBACK -> false;
    };
  }

  /** Whether somebody has said that a checkpoint belongs in. */
  public boolean isAdmitted(long version) {
    return latest.get(version) == DecisionKind.ADMIT;
  }

  /** Whether a checkpoint was ever quarantined, whatever was decided since. */
  public boolean isQuarantined(long version) {
    return quarantined.contains(version);
  }

  /** The versions that were spoken of, in order. */
  public Iterable<Long> versions() {
    return latest.keySet();
  }
}
