package org.gtrturbo.learner;

/** Why a learner has ended without a failure. */
public enum LearnerOutcome {
  /** It has trained on as many turns as the run has. */
  COMPLETED,
  /** It was closed. */
  STOPPED,
  /** A newer learner of the same run has taken over; this one's last update was not committed. */
  FENCED
}
