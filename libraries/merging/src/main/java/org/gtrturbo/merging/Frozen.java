package org.gtrturbo.merging;

import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The base for ever: the control arm. */
public record Frozen() implements MergeRule {
  @Override
  public String name() {
    return "frozen";
  }

  @Override
  public Map<String, String> settings() {
    return Map.of();
  }

  @Override
  public Optional<Fold> plan(MergeProgress before, long version) {
    return Optional.empty();
  }

  @Override
  public Needs needs() {
    return new Needs(false, true, 0, Needs.Survey.NONE);
  }

  @Override
  public List<Sum> sums() {
    return List.of();
  }

  @Override
  public void fold(Fold fold, Measure measure, Piece piece) {
    piece.check(this);
    piece.written().teacher().copyFrom(piece.read().teacher());
  }
}
