package org.gtrturbo.learner;

import org.gtrturbo.events.Checkpoint;
import org.gtrturbo.policy.training.TrainingState;

/** A committed version and the state that the next update starts from. */
record LearnedPolicy(Checkpoint checkpoint, TrainingState state) {}
