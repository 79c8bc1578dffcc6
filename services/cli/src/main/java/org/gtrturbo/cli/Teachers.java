package org.gtrturbo.cli;

import org.gtrturbo.agents.GuidingStream;
import org.gtrturbo.events.Teacher;

/** Which of a run's teachers is meant where nothing is said of streams. */
final class Teachers {
  private Teachers() {}

  /** Whether the settings' own rule has made it, and no shadow of it. */
  static boolean isOwn(Teacher teacher) {
    return teacher.getStream().equals(GuidingStream.OWN);
  }
}
