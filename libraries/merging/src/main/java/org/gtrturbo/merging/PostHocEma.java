package org.gtrturbo.merging;

import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Two averages of different lengths by powers of time (Karras et al., EDM2, arXiv 2312.02696), from
 * which any other length can be made afterwards, see {@link PostHocSynthesis}:
 *
 * <pre>
 * Aₙ = βₙ Aₙ₋₁ + (1 − βₙ) θₙ        βₙ = (1 − 1/n)^(γ + 1)
 * </pre>
 *
 * <p>so that checkpoint i of n has the share {@code (i/n)^(γ+1) − ((i−1)/n)^(γ+1)}. The base has
 * none.
 *
 * @param shorter relative length σ of the shorter average, in (0, 0.28)
 * @param longer of the longer one
 * @param guide the average that is the teacher
 * @param precision of both
 */
public record PostHocEma(double shorter, double longer, Guide guide, Precision precision)
    implements MergeRule {

  /** One of the two averages. */
  public enum Guide {
    SHORTER,
    LONGER
  }

  public PostHocEma {
    if (!(shorter < longer)) {
      throw new IllegalArgumentException(
          "the shorter average must be shorter than the longer, got " + shorter + " and " + longer);
    }
    PowerAverage.ofLength(shorter);
    PowerAverage.ofLength(longer);
  }

  @Override
  public String name() {
    return "post-hoc-ema";
  }

  @Override
  public Map<String, String> settings() {
    return RuleWriter.of()
        .number("shorter", shorter)
        .number("longer", longer)
        .word("guide", RuleWriter.word(guide), RuleWriter.word(Guide.LONGER))
        .precision(precision, Precision.FLOAT32)
        .settings();
  }

  @Override
  public Optional<Fold> plan(MergeProgress before, long version) {
    long merged = before.merged() + 1;
    double share = average(guide).shareOfNewest(merged);
    return Optional.of(
        new Fold(
            version,
            share,
            1 - share,
            1 - share,
            share,
            new MergeProgress(merged, (1 - share) * before.weight() + share)));
  }

  /** The average behind a sum: {@code shorter} is the first of {@link #sums}. */
  public PowerAverage average(Guide which) {
    return PowerAverage.ofLength(which == Guide.SHORTER ? shorter : longer);
  }

  @Override
  public Needs needs() {
    return new Needs(false, false, 0, Needs.Survey.NONE);
  }

  @Override
  public List<Sum> sums() {
    return List.of(new Sum("shorter", precision), new Sum("longer", precision));
  }

  @Override
  public void fold(Fold fold, Measure measure, Piece piece) {
    piece.check(this);
    fold(Guide.SHORTER, 0, fold.after().merged(), piece);
    fold(Guide.LONGER, 1, fold.after().merged(), piece);
  }

  private void fold(Guide which, int sum, long merged, Piece piece) {
    Means.foldSum(
        average(which).shareOfNewest(merged),
        precision,
        piece.read().sums().get(sum),
        piece.read().newest(),
        piece.written().sums().get(sum),
        guide == which ? piece.written().teacher() : Piece.UNUSED);
  }
}
