package org.gtrturbo.actor;

import org.gtrturbo.events.Teacher;

/**
 * Which of a run's teachers one is, beside its version.
 *
 * @param stream empty for that of the settings' own rule
 */
public record TeacherName(String stream, long revision) {
  /** The first revision of the settings' own rule. */
  public static final TeacherName OWN = new TeacherName("", 0);

  static TeacherName of(Teacher teacher) {
    return new TeacherName(teacher.getStream(), teacher.getRevision());
  }
}
