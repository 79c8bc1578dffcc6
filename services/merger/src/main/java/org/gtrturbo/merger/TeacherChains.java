package org.gtrturbo.merger;

import java.time.Duration;

/**
 * The chains of a run's teachers, one for each stream.
 *
 * @param patience for how long the topics may lag behind the store
 */
record TeacherChains(RunHistory history, Duration patience) {
  TeacherChain of(MergePlan plan) {
    return new TeacherChain(plan, () -> history.newestTeacher(plan.stream()), patience);
  }
}
