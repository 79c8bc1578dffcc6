package org.gtrturbo.policy.device;

/**
 * A GPU that the driver has.
 *
 * @param index as the driver counts, from 0
 */
public record Gpu(int index, String name, long memoryBytes) {}
