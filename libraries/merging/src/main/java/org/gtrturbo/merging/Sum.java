package org.gtrturbo.merging;

/**
 * A running sum that a rule keeps beside the teacher, one element for each of the teacher's.
 *
 * @param name unique within its rule, made of letters
 */
public record Sum(String name, Precision precision) {}
