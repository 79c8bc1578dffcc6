package org.gtrturbo.environments;

/**
 * One turn as a demonstrator played it.
 *
 * @param observation what it saw, without noise in the picture
 * @param text what it answered, thought and action
 */
public record Demonstration(Observation observation, String text) {}
