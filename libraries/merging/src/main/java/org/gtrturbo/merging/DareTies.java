package org.gtrturbo.merging;

import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * TIES over differences of which a random share is dropped and the rest made larger (DARE, arXiv
 * 2311.03099): {@code Δ ← Δ m / p}, with m = 1 for a share p of the elements and 0 for the others.
 *
 * <pre>
 * s = sign(Σ wᵢ Δᵢ mᵢ / p)     T = base + Σ wᵢ Δᵢ mᵢ / p [sign Δᵢ = s] / Σ wᵢ [sign Δᵢ = s]
 * </pre>
 *
 * <p>The weight of what is dropped counts as well: 1 / p makes up for what is missing, and a mean
 * over what is left alone would make up for it a second time.
 *
 * <p>What is dropped depends on the seed, the checkpoint's version, the tensor's name and the
 * element's index alone, so pieces can be folded anywhere and again.
 *
 * @param density p, the share that is kept, in (0, 1]
 */
public record DareTies(
    Weighting weighting, double density, long seed, Election election, Precision precision)
    implements MergeRule {
  private static final double UNIT = 0x1p-53;

  public DareTies {
    if (!(density > 0 && density <= 1)) {
      throw new IllegalArgumentException(
          "density must be above 0 and at most 1, got " + density + "; it is the share kept");
    }
  }

  @Override
  public String name() {
    return "dare-ties";
  }

  @Override
  public Map<String, String> settings() {
    return RuleWriter.of()
        .weighting(weighting)
        .number("density", density)
        .number("seed", seed)
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
    return new Needs(true, false, 0, Needs.Survey.NONE);
  }

  @Override
  public List<Sum> sums() {
    return SignedSums.named(precision, Ties.votes(weighting, election));
  }

  @Override
  public void fold(Fold fold, Measure measure, Piece piece) {
    piece.check(this);
    var step = new FoldStep(fold, measure, piece);
    SignedSums.fold(this, step, dropping(step), 1 / density);
  }

  @Override
  public void merge(MemorySegment base, List<FoldStep> steps) {
    steps.forEach(step -> step.piece().check(this));
    SignedSums.merge(this, steps, steps.stream().map(this::dropping).toList(), 1 / density);
  }

  private SignedSums.Sparse dropping(FoldStep step) {
    long key = key(step.fold().version(), step.piece().tensor());
    return (first, differences, before, count) -> {
      System.arraycopy(differences, 0, before, 0, count);
      for (int index = 0; index < count; index++) {
        if (!isKept(key, first + index)) {
          differences[index] = 0;
        }
      }
      return true;
    };
  }

  private boolean isKept(long key, long element) {
    return (mixed(key + element * 0x9e3779b97f4a7c15L) >>> 11) * UNIT < density;
  }

  private long key(long version, String tensor) {
    long key = mixed(seed);
    key = mixed(key ^ version);
    for (int index = 0; index < tensor.length(); index++) {
      key = mixed(key ^ tensor.charAt(index));
    }
    return key;
  }

  /** The finaliser of SplitMix64 (Steele, Lea and Flood, OOPSLA 2014), after one step. */
  private static long mixed(long counter) {
    long bits = counter + 0x9e3779b97f4a7c15L;
    bits = (bits ^ bits >>> 30) * 0xbf58476d1ce4e5b9L;
    bits = (bits ^ bits >>> 27) * 0x94d049bb133111ebL;
    return bits ^ bits >>> 31;
  }
}
