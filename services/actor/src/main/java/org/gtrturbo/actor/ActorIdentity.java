package org.gtrturbo.actor;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.UUID;
import org.gtrturbo.agents.Draws;

/**
 * Which actor plays, and which start of it.
 *
 * @param id told apart from the run's other actors by
 * @param incarnation another one at every start, so that a restarted actor repeats neither episode
 *     ids nor seeds
 */
public record ActorIdentity(String id, long incarnation) {
  public ActorIdentity {
    if (id.isBlank()) {
      throw new IllegalArgumentException("an actor's id must not be blank");
    }
  }

  /** The actor of this id as started now. */
  public static ActorIdentity startedNow(String id) {
    return new ActorIdentity(id, Instant.now().toEpochMilli());
  }

  /** An actor named after host and process, as started now. */
  public static ActorIdentity ofThisProcess() {
    String host;
    try {
      host = InetAddress.getLocalHost().getHostName();
    } catch (UnknownHostException e) {
      // A host that cannot look itself up still has process ids of its own.
      host = "actor";
    }
    return startedNow(host + "-" + ProcessHandle.current().pid());
  }

  /** Unique in the run for every number. */
  String episodeId(long number) {
    return id + "-" + incarnation + "-" + number;
  }

  /** The seed of one of the actor's episodes; others for every actor, incarnation and number. */
  long episodeSeed(long runSeed, long number) {
    var draws = new Draws(runSeed, Draws.Purpose.EPISODE_SEED);
    long name =
        UUID.nameUUIDFromBytes(id.getBytes(StandardCharsets.UTF_8)).getMostSignificantBits();
    return draws.seedAt(draws.seedAt(name, incarnation), number);
  }
}
