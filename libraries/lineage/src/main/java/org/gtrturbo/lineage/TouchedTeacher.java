package org.gtrturbo.lineage;

/**
 * A teacher that an update has a part in.
 *
 * @param weight of the update's own checkpoint; 0 where that was not merged
 * @param reach the weight of that checkpoint and of all that came of it
 */
public record TouchedTeacher(long version, String hash, double weight, double reach) {}
