package org.gtrturbo.lab;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.gtrturbo.events.BlobRef;
import org.gtrturbo.events.Checkpoint;

/** Checkpoints that say no more than how far the training is. */
final class Checkpoints {
  private Checkpoints() {}

  static Checkpoint trained(long version, long turns) {
    return Checkpoint.newBuilder()
        .setRun("demo")
        .setVersion(version)
        .setHash("")
        .setParentHash("")
        .setSettingsHash("")
        .setPolicy(new BlobRef("", 0L))
        .setTensors(List.of())
        .setOptimizer(List.of())
        .setOptimizerSteps(0)
        .setTurnsTrained(turns)
        .setBatch(List.of())
        .setProgress(List.of())
        .setConsumed(List.of())
        .setLosses(Map.of())
        .setCreatedAt(Instant.EPOCH)
        .build();
  }
}
