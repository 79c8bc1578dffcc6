package org.gtrturbo.merging;

/**
 * A whole tensor of a checkpoint that is to be folded, and what it is measured against. All three
 * have the same number of elements; one that the rule's survey does not read may be empty.
 *
 * @param teacher the one before
 */
public record MeasuredTensor(
    String name, WeightVector base, WeightVector teacher, WeightVector newest) {}
