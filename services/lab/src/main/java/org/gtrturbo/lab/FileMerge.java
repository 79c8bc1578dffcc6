package org.gtrturbo.lab;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.DoubleConsumer;
import org.gtrturbo.merging.Fold;
import org.gtrturbo.merging.Measure;
import org.gtrturbo.merging.MergeProgress;
import org.gtrturbo.merging.MergeRule;
import org.gtrturbo.merging.Needs;
import org.gtrturbo.policy.files.WritableCopy;

/**
 * Merges files of weights as the merger merges checkpoints: the base stands for checkpoint 0, the
 * others for 1, 2 and so on, and the same rule gives the same bits.
 *
 * <p>Files are mapped and read in pieces, what comes out is written in pieces, and where a rule
 * needs no finished teacher between two checkpoints every piece is merged to its end before the
 * next: what is held in memory does not grow with files, and with their number by 32 KiB each and
 * processor. Where it does need one, the teacher between is kept in a file beside the output.
 */
public final class FileMerge {
  private final MergeRule rule;
  private final MergedFiles files;
  private final List<Fold> folds;

  /**
   * Plans a merge.
   *
   * @throws IllegalArgumentException if the rule gives no file any weight
   */
  public FileMerge(MergeRule rule, MergedFiles files) {
    this.rule = rule;
    this.files = files;
    List<Fold> planned = new ArrayList<>();
    MergeProgress progress = MergeProgress.NONE;
    for (int version = 1; version <= files.checkpoints().size(); version++) {
      Optional<Fold> fold = rule.plan(progress, version);
      if (fold.isPresent()) {
        planned.add(fold.get());
        progress = fold.get().after();
      }
    }
    if (planned.isEmpty()) {
      throw new IllegalArgumentException(
          "rule "
              + rule.name()
              + " gives none of the files any weight; the base is what comes out");
    }
    this.folds = List.copyOf(planned);
  }

  /** Whether what comes out depends on the base. */
  public static boolean needsBase(MergeRule rule) {
    return rule.needs().base()
        || rule.plan(MergeProgress.NONE, 1).map(first -> first.teacher() > 0).orElse(true);
  }

  /** The share of each checkpoint in what comes out, the base's first. */
  public List<Double> shares() {
    double[] shares = new double[files.checkpoints().size() + 1];
    shares[0] = 1;
    for (int index = 0; index < folds.size(); index++) {
      Fold fold = folds.get(index);
      for (int version = 0; version < shares.length; version++) {
        shares[version] *= fold.teacher();
      }
      int earlier = Math.max(0, index - rule.needs().earlier());
      for (int member = earlier; member <= index; member++) {
        shares[(int) folds.get(member).version()] += fold.newest();
      }
    }
    List<Double> all = new ArrayList<>();
    for (double share : shares) {
      all.add(share);
    }
    return all;
  }

  /**
   * Merges into a file like the last checkpoint's.
   *
   * @param output replaced when the merge is done
   * @param metadata of the output
   * @param progress told the part that is done, from 0 to 1, by any thread
   * @throws IllegalArgumentException if a weight is not a finite number
   */
  public void write(Path output, Map<String, String> metadata, DoubleConsumer progress) {
    try (WritableCopy copy = files.newest().copyTo(output, metadata)) {
      var pieces = new MergedPieces(rule, files, copy, folds.size(), progress);
      if (rule.needs().survey() == Needs.Survey.CHECKPOINT_AND_TEACHER) {
        try (Arena between = Arena.ofShared()) {
          pieces.foldOneByOne(folds, KeptTeacher.beside(output, rule, files, between));
        }
      } else {
        List<Map<String, Measure>> measures = new ArrayList<>();
        for (Fold fold : folds) {
          measures.add(rule.measure(fold, files.measured(fold, Optional.empty())));
        }
        pieces.foldAll(folds, measures);
      }
      copy.finish();
    } catch (IOException e) {
      throw new UncheckedIOException("cannot merge into " + output + ": " + e, e);
    }
  }
}
