package org.gtrturbo.merging;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The mean of the newest checkpoints (LAWA, arXiv 2306.03241): {@code T = Σ θᵢ / m} over the last m
 * = min(n, length). Summed anew each time, oldest first, so that nothing of what has left the
 * window stays in it.
 *
 * @param length how many checkpoints the window holds
 */
public record SlidingWindow(int length) implements MergeRule {
  public SlidingWindow {
    if (length < 1) {
      throw new IllegalArgumentException("a window must hold at least 1, got " + length);
    }
  }

  @Override
  public String name() {
    return "window";
  }

  @Override
  public Map<String, String> settings() {
    return RuleWriter.of().number("length", length).settings();
  }

  @Override
  public Optional<Fold> plan(MergeProgress before, long version) {
    long merged = before.merged() + 1;
    long held = Math.min(merged, length);
    return Optional.of(
        new Fold(version, 1.0 / held, 0, 1, 1, new MergeProgress(merged, before.weight() + 1)));
  }

  @Override
  public Needs needs() {
    return new Needs(false, false, length - 1, Needs.Survey.NONE);
  }

  @Override
  public List<Sum> sums() {
    return List.of();
  }

  @Override
  public void fold(Fold fold, Measure measure, Piece piece) {
    piece.check(this);
    List<MemorySegment> window = new ArrayList<>();
    window.add(piece.read().newest());
    window.addAll(piece.read().earlier());
    long held = Math.min(fold.after().merged(), length);
    if (window.size() != held) {
      throw new IllegalArgumentException(
          "a window of "
              + length
              + " needs "
              + (held - 1)
              + " earlier checkpoints at number "
              + fold.after().merged()
              + ", got "
              + (window.size() - 1));
    }
    if (piece.isTeacherWanted()) {
      Collections.reverse(window);
      mean(window, piece.written().teacher());
    }
  }

  private static void mean(List<MemorySegment> window, MemorySegment into) {
    var total = new double[Blocks.LENGTH];
    var values = new float[Blocks.LENGTH];
    long elements = Blocks.elements(into);
    for (long first = 0; first < elements; first += Blocks.LENGTH) {
      int count = Blocks.count(first, elements);
      for (int member = 0; member < window.size(); member++) {
        Blocks.read(window.get(member), first, values, count);
        for (int index = 0; index < count; index++) {
          total[index] = member == 0 ? values[index] : total[index] + values[index];
        }
      }
      for (int index = 0; index < count; index++) {
        values[index] = (float) (total[index] / window.size());
      }
      Blocks.write(values, into, first, count);
    }
  }
}
