package org.gtrturbo.agents;

import java.util.ArrayDeque;
import java.util.Deque;
import org.gtrturbo.events.Decision;

/**
 * The stream of teachers that guides, as decisions have it: that of the settings' own rule until
 * another is promoted. A rollback goes back to the one that guided before.
 */
public final class GuidingStream {
  /** The stream that the settings' own rule makes. */
  public static final String OWN = "";

  private final Deque<String> guided = new ArrayDeque<>();

  /** Takes a decision in; those about checkpoints change nothing. */
  public void add(Decision decision) {
    switch (decision.getKind()) {
      case PROMOTE -> {
        if (!decision.getStream().equals(name())) {
          guided.push(decision.getStream());
        }
      }
      case ROLLBACK -> guided.poll();
      case QUARANTINE, EXCLUDE, ADMIT -> {}
    }
  }

  /** Its name; {@link #OWN} for that of the settings' own rule. */
  public String name() {
    return guided.isEmpty() ? OWN : guided.peek();
  }
}
