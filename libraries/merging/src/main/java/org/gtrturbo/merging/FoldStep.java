package org.gtrturbo.merging;

/**
 * One checkpoint's fold of one piece.
 *
 * @param measure of the piece's tensor
 */
public record FoldStep(Fold fold, Measure measure, Piece piece) {}
