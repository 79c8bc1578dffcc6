package org.gtrturbo.environments;

import java.util.List;

/**
 * What an agent sees before it answers.
 *
 * @param prompt the prompt of this very turn, without padding; words between single blanks in
 *     {@link Rendering#SMALL}
 * @param legalActions the actions that the rules would not refuse now, in the order of {@link
 *     EnvironmentSpec#actions()}; empty once the episode has ended
 */
public record Observation(Picture picture, String prompt, List<String> legalActions) {

  public Observation {
    legalActions = List.copyOf(legalActions);
  }
}
