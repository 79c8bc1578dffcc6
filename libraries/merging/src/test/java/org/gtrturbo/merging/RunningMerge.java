package org.gtrturbo.merging;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/**
 * A merge of one tensor in memory, folded checkpoint by checkpoint and, within each, in pieces of
 * uneven lengths, as a service would.
 */
final class RunningMerge {
  private static final String TENSOR = "tensor";
  private static final int[] LENGTHS = {1, 7, 64, 1000, 5000};

  private final MergeRule rule;
  private final MemorySegment base;
  private final MemorySegment teacher;
  private final List<MemorySegment> sums;
  private final Deque<MemorySegment> earlier = new ArrayDeque<>();
  private MergeProgress progress = MergeProgress.NONE;
  private long version;

  RunningMerge(MergeRule rule, float[] base) {
    this.rule = rule;
    this.base = MemorySegment.ofArray(base.clone());
    this.teacher = MemorySegment.ofArray(base.clone());
    this.sums =
        rule.sums().stream()
            .map(sum -> MemorySegment.ofArray(new byte[base.length * sum.precision().bytes()]))
            .toList();
    rule.start(this.base, sums);
  }

  /** As the next version. */
  void fold(float[] checkpoint) {
    fold(++version, checkpoint);
  }

  void fold(long checkpointVersion, float[] checkpoint) {
    version = checkpointVersion;
    MemorySegment newest = MemorySegment.ofArray(checkpoint.clone());
    rule.plan(progress, checkpointVersion).ifPresent(fold -> fold(fold, newest));
  }

  private void fold(Fold fold, MemorySegment newest) {
    var whole =
        new MeasuredTensor(
            TENSOR, WeightVector.of(base), WeightVector.of(teacher), WeightVector.of(newest));
    Map<String, Measure> measures = rule.measure(fold, List.of(whole));
    long elements = teacher.byteSize() / Float.BYTES;
    long first = 0;
    for (int piece = 0; first < elements; piece++) {
      long count = Math.min(LENGTHS[piece % LENGTHS.length], elements - first);
      rule.fold(fold, measures.get(TENSOR), piece(newest, first, count));
      first += count;
    }
    earlier.addFirst(newest);
    while (earlier.size() > rule.needs().earlier()) {
      earlier.removeLast();
    }
    progress = fold.after();
  }

  private Piece piece(MemorySegment newest, long first, long count) {
    List<MemorySegment> sumsOfPiece =
        IntStream.range(0, sums.size())
            .mapToObj(
                sum -> part(sums.get(sum), first, count, rule.sums().get(sum).precision().bytes()))
            .toList();
    MemorySegment teacherPiece = part(teacher, first, count, Float.BYTES);
    var read =
        new Piece.Read(
            rule.needs().base() ? part(base, first, count, Float.BYTES) : Piece.UNUSED,
            rule.needs().teacher() ? teacherPiece : Piece.UNUSED,
            part(newest, first, count, Float.BYTES),
            earlier.stream().map(vector -> part(vector, first, count, Float.BYTES)).toList(),
            sumsOfPiece);
    return new Piece(TENSOR, first, read, new Piece.Written(teacherPiece, sumsOfPiece));
  }

  private static MemorySegment part(MemorySegment vector, long first, long count, int bytes) {
    return vector.asSlice(first * bytes, count * bytes);
  }

  float[] teacher() {
    return teacher.toArray(ValueLayout.JAVA_FLOAT);
  }

  MergeProgress progress() {
    return progress;
  }
}
