package org.gtrturbo.environments;

import java.util.Optional;

/**
 * What was made of an agent's answer.
 *
 * @param action the action that was executed
 * @param formatted false where the answer did not name exactly one action and {@code action} was
 *     drawn at random
 * @param legal whether {@code action} was among the {@link Observation#legalActions()} of the turn
 * @param recognised whether the thought names what the picture shows; empty where the environment
 *     cannot tell
 * @param success on the last turn only: whether the episode's rewards add up to more than 0
 */
public record StepInfo(
    String action,
    boolean formatted,
    boolean legal,
    Optional<Boolean> recognised,
    Optional<Boolean> success) {}
