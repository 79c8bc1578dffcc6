package org.gtrturbo.merging;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * TIES of two: the teacher before and the newest checkpoint, each as its difference from the base
 * and each trimmed. {@link Ties} has the formula; the weights are the teacher's share and the
 * newest's. It keeps nothing but the teacher, and trims what it has merged again at each fold, so
 * old checkpoints lose their smaller differences.
 *
 * @param weighting what gives the newest its share
 */
public record IncrementalTies(Weighting weighting, Trim trim, Election election)
    implements MergeRule {
  @Override
  public String name() {
    return "incremental-ties";
  }

  @Override
  public Map<String, String> settings() {
    return RuleWriter.of().weighting(weighting).trim(trim).election(election).settings();
  }

  @Override
  public Optional<Fold> plan(MergeProgress before, long version) {
    return weighting.weigh(before, version);
  }

  @Override
  public Needs needs() {
    return new Needs(true, true, 0, Needs.Survey.CHECKPOINT_AND_TEACHER);
  }

  @Override
  public List<Sum> sums() {
    return List.of();
  }

  @Override
  public Map<String, Measure> measure(Fold fold, List<MeasuredTensor> tensors) {
    Map<String, Float> newest = trim.thresholds(tensors, MeasuredTensor::newest);
    Map<String, Float> teacher = trim.thresholds(tensors, MeasuredTensor::teacher);
    return newest.keySet().stream()
        .collect(
            Collectors.toMap(
                name -> name,
                name ->
                    new Measure(newest.getOrDefault(name, 0f), teacher.getOrDefault(name, 0f))));
  }

  @Override
  public void fold(Fold fold, Measure measure, Piece piece) {
    piece.check(this);
    new Folding(fold, measure).fold(piece);
  }

  private final class Folding {
    private final Fold fold;
    private final Measure measure;
    private final float[] base = new float[Blocks.LENGTH];
    private final float[] teacher = new float[Blocks.LENGTH];
    private final float[] newest = new float[Blocks.LENGTH];

    Folding(Fold fold, Measure measure) {
      this.fold = fold;
      this.measure = measure;
    }

    void fold(Piece piece) {
      long elements = piece.elements();
      for (long first = 0; first < elements; first += Blocks.LENGTH) {
        int count = Blocks.count(first, elements);
        Blocks.read(piece.read().base(), first, base, count);
        Blocks.read(piece.read().teacher(), first, teacher, count);
        Blocks.read(piece.read().newest(), first, newest, count);
        for (int index = 0; index < count; index++) {
          teacher[index] -= base[index];
          newest[index] -= base[index];
        }
        Trim.applyInPlace((float) measure.teacher(), teacher, count);
        Trim.applyInPlace((float) measure.newest(), newest, count);
        merge(count);
        Blocks.write(newest, piece.written().teacher(), first, count);
      }
    }

    private void merge(int count) {
      boolean weighted = election == Election.WEIGHTED;
      for (int index = 0; index < count; index++) {
        double old = fold.teacher() * teacher[index];
        double fresh = fold.newest() * newest[index];
        double sign = Math.signum(weighted ? old + fresh : (double) teacher[index] + newest[index]);
        double oldAgrees = sign * teacher[index] > 0 ? 1 : 0;
        double freshAgrees = sign * newest[index] > 0 ? 1 : 0;
        double weight = fold.teacher() * oldAgrees + fold.newest() * freshAgrees;
        double merged = weight > 0 ? (old * oldAgrees + fresh * freshAgrees) / weight : 0;
        newest[index] = (float) (base[index] + merged);
      }
    }
  }
}
