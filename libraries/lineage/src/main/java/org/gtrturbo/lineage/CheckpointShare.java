package org.gtrturbo.lineage;

/**
 * A checkpoint's part in a teacher.
 *
 * @param weight of all checkpoints' together, which are 1
 */
public record CheckpointShare(long version, String hash, double weight) {

  CheckpointShare plus(CheckpointShare other) {
    return new CheckpointShare(version, hash, weight + other.weight);
  }
}
