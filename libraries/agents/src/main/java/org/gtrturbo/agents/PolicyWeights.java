package org.gtrturbo.agents;

import org.gtrturbo.policy.Parameters;
import org.gtrturbo.policy.PolicySpec;

/** A policy that can act: what it is, and its weights. */
public record PolicyWeights(PolicySpec spec, Parameters parameters) {}
