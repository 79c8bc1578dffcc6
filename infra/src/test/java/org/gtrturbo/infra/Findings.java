package org.gtrturbo.infra;

import java.util.ArrayList;
import java.util.List;

/** What is wrong, each in one sentence that begins with where. */
final class Findings {
  private final List<String> found = new ArrayList<>();

  void require(boolean holds, String where, String rule) {
    if (!holds) {
      found.add(where + " " + rule);
    }
  }

  void requireEqual(Object is, Object wanted, String where) {
    require(wanted.equals(is), where, "must be " + wanted + ", got " + is);
  }

  List<String> all() {
    return List.copyOf(found);
  }
}
