package org.gtrturbo.lab;

/**
 * One point of a learning curve.
 *
 * @param turns trained on when it was measured
 */
public record CurvePoint(long turns, Estimate estimate) {}
