package org.gtrturbo.merging;

import java.lang.foreign.MemorySegment;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * A rule for some tensors: what becomes of each is said by name. A tensor that is not merged is
 * taken from the checkpoint that is folded or from the base, and is not measured; one that is tied
 * is measured and merged as the other is, whose values it must have.
 */
public record Selective(MergeRule rule, TensorPolicy tensors) implements MergeRule {
  private static final TensorPolicy.Treatment MERGED = new TensorPolicy.Treatment.Merged();

  public Selective {
    if (rule instanceof Selective) {
      throw new IllegalArgumentException("rule " + rule.name() + " is for some tensors already");
    }
  }

  @Override
  public String name() {
    return rule.name();
  }

  @Override
  public Map<String, String> settings() {
    return RuleWriter.of().all(rule.settings()).tensors(tensors).settings();
  }

  @Override
  public void requireTensors(Set<String> names) {
    var _ = tensors.treatments(names.stream().collect(Collectors.toMap(name -> name, _ -> true)));
  }

  @Override
  public Optional<Fold> plan(MergeProgress before, long version) {
    return rule.plan(before, version);
  }

  @Override
  public Needs needs() {
    Needs needs = rule.needs();
    boolean base = needs.base() || !tensors.fromBase().isEmpty();
    return new Needs(base, needs.teacher(), needs.earlier(), needs.survey());
  }

  @Override
  public List<Sum> sums() {
    return rule.sums();
  }

  @Override
  public void start(MemorySegment base, List<MemorySegment> sums) {
    rule.start(base, sums);
  }

  @Override
  public Map<String, Measure> measure(Fold fold, List<MeasuredTensor> all) {
    List<MeasuredTensor> merged =
        all.stream().filter(tensor -> treatment(tensor.name()).equals(MERGED)).toList();
    Map<String, Measure> measures =
        new HashMap<>(merged.isEmpty() ? Map.of() : rule.measure(fold, merged));
    for (MeasuredTensor tensor : all) {
      Measure measure = measures.getOrDefault(holder(tensor.name()), Measure.NONE);
      measures.putIfAbsent(tensor.name(), measure);
    }
    return Map.copyOf(measures);
  }

  @Override
  public void fold(Fold fold, Measure measure, Piece piece) {
    String holder = holder(piece.tensor());
    switch (treatment(holder)) {
      case TensorPolicy.Treatment.Copied(TensorPolicy.Origin from) -> {
        piece.check(this);
        if (piece.isTeacherWanted()) {
          boolean newest = from == TensorPolicy.Origin.NEWEST;
          piece.written().teacher().copyFrom(newest ? piece.read().newest() : piece.read().base());
        }
      }
      case TensorPolicy.Treatment.Merged _, TensorPolicy.Treatment.SameAs _ ->
          rule.fold(fold, measure, new Piece(holder, piece.first(), piece.read(), piece.written()));
    }
  }

  private TensorPolicy.Treatment treatment(String tensor) {
    return tensors.treatment(tensor, true);
  }

  /** The tensor that a tensor's values are held by: another one where it is tied. */
  private String holder(String tensor) {
    return tensors.tied().getOrDefault(tensor, tensor);
  }
}
