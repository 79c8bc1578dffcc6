package org.gtrturbo.actor;

import org.gtrturbo.policy.Parameters;

/** Weights and the version of the checkpoint or teacher that they are. */
public record VersionedWeights(long version, Parameters parameters) {}
