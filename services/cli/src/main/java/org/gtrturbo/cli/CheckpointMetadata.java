package org.gtrturbo.cli;

import java.util.HashMap;
import java.util.Map;
import org.gtrturbo.agents.PolicyOrigin;
import org.gtrturbo.events.Checkpoint;
import org.gtrturbo.platform.settings.Settings;

/** Where a policy comes from, for whoever has nothing but its ONNX file. */
final class CheckpointMetadata {
  private CheckpointMetadata() {}

  static Map<String, String> of(Settings settings, Checkpoint checkpoint) {
    Map<String, String> metadata = new HashMap<>(PolicyOrigin.of(settings.environment()));
    metadata.put("gtr.run", checkpoint.getRun());
    metadata.put("gtr.checkpoint.version", Long.toString(checkpoint.getVersion()));
    metadata.put("gtr.checkpoint.hash", checkpoint.getHash());
    metadata.put("gtr.turnsTrained", Long.toString(checkpoint.getTurnsTrained()));
    return metadata;
  }
}
