package org.gtrturbo.merging;

import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * Trim, elect sign and merge (arXiv 2306.01708; GTR-Turbo, arXiv 2512.13043) over all checkpoints
 * so far. With the differences {@code Δᵢ = θᵢ − base}, each trimmed to its largest, and weights wᵢ:
 *
 * <pre>
 * s = sign(Σ wᵢ Δᵢ)        T = base + Σ wᵢ Δᵢ [sign Δᵢ = s] / Σ wᵢ [sign Δᵢ = s]
 * </pre>
 *
 * <p>element by element. Divided by the weights of those that agree, so that equal checkpoints come
 * out as they are; where s is 0 the base stays. Exact over the whole history, see {@code
 * SignedSums}.
 *
 * @param weighting of the checkpoints against each other
 * @param precision of the running sums; in float32 an election that is nearly even may go the other
 *     way
 */
public record Ties(Weighting weighting, Trim trim, Election election, Precision precision)
    implements MergeRule {
  @Override
  public String name() {
    return "ties";
  }

  @Override
  public Map<String, String> settings() {
    return RuleWriter.of()
        .weighting(weighting)
        .trim(trim)
        .election(election)
        .precision(precision, Precision.FLOAT64)
        .settings();
  }

  @Override
  public Optional<Fold> plan(MergeProgress before, long version) {
    return weighting.weigh(before, version);
  }

  @Override
  public Needs needs() {
    return new Needs(true, false, 0, Needs.Survey.CHECKPOINT);
  }

  @Override
  public List<Sum> sums() {
    return SignedSums.named(precision, votes(weighting, election));
  }

  /** Without different weights the weighted sum is the plain one. */
  static boolean votes(Weighting weighting, Election election) {
    return election == Election.UNWEIGHTED && !(weighting instanceof Weighting.Equal);
  }

  @Override
  public Map<String, Measure> measure(Fold fold, List<MeasuredTensor> tensors) {
    Map<String, Float> thresholds = trim.thresholds(tensors, MeasuredTensor::newest);
    return tensors.stream()
        .map(MeasuredTensor::name)
        .collect(
            Collectors.toMap(
                Function.identity(), name -> new Measure(thresholds.getOrDefault(name, 0f), 0)));
  }

  @Override
  public void fold(Fold fold, Measure measure, Piece piece) {
    piece.check(this);
    var step = new FoldStep(fold, measure, piece);
    SignedSums.fold(this, step, trimming(step), 1);
  }

  @Override
  public void merge(MemorySegment base, List<FoldStep> steps) {
    steps.forEach(step -> step.piece().check(this));
    SignedSums.merge(this, steps, steps.stream().map(Ties::trimming).toList(), 1);
  }

  private static SignedSums.Sparse trimming(FoldStep step) {
    float threshold = (float) step.measure().newest();
    return (first, differences, before, count) -> {
      Trim.applyInPlace(threshold, differences, count);
      return false;
    };
  }
}
