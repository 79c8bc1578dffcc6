package org.gtrturbo.actor;

import org.gtrturbo.policy.Parameters;

/**
 * Weights and the version of the checkpoint or teacher that they are.
 *
 * @param teacher which teacher; of no meaning where they are a policy's
 */
public record VersionedWeights(long version, Parameters parameters, TeacherName teacher) {
  /** A policy's, or those of a teacher that is the only one. */
  public VersionedWeights(long version, Parameters parameters) {
    this(version, parameters, TeacherName.OWN);
  }
}
