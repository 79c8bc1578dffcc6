package org.gtrturbo.merging;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/**
 * A merge in memory, folded checkpoint by checkpoint and, within each, in pieces of uneven lengths,
 * as a service would.
 */
final class RunningMerge {
  private static final String TENSOR = "tensor";
  private static final int[] LENGTHS = {1, 7, 64, 1000, 5000};

  private final MergeRule rule;
  private final Map<String, Tensor> tensors = new LinkedHashMap<>();
  private MergeProgress progress = MergeProgress.NONE;
  private long version;

  /** Of one tensor. */
  RunningMerge(MergeRule rule, float[] base) {
    this(rule, Map.of(TENSOR, base));
  }

  RunningMerge(MergeRule rule, Map<String, float[]> base) {
    this.rule = rule;
    base.forEach((name, values) -> tensors.put(name, new Tensor(rule, values)));
  }

  private record Tensor(
      MemorySegment base,
      MemorySegment teacher,
      List<MemorySegment> sums,
      Deque<MemorySegment> earlier) {
    Tensor(MergeRule rule, float[] base) {
      this(
          MemorySegment.ofArray(base.clone()),
          MemorySegment.ofArray(base.clone()),
          rule.sums().stream()
              .map(sum -> MemorySegment.ofArray(new byte[base.length * sum.precision().bytes()]))
              .toList(),
          new ArrayDeque<>());
      rule.start(this.base, sums);
    }
  }

  /** As the next version. */
  void fold(float[] checkpoint) {
    fold(Map.of(TENSOR, checkpoint));
  }

  /** As the next version. */
  void fold(Map<String, float[]> checkpoint) {
    fold(version + 1, checkpoint);
  }

  void fold(long checkpointVersion, Map<String, float[]> checkpoint) {
    version = checkpointVersion;
    rule.plan(progress, checkpointVersion).ifPresent(fold -> fold(fold, checkpoint));
  }

  private void fold(Fold fold, Map<String, float[]> checkpoint) {
    var newest = new LinkedHashMap<String, MemorySegment>();
    checkpoint.forEach((name, values) -> newest.put(name, MemorySegment.ofArray(values.clone())));
    List<MeasuredTensor> measured =
        tensors.entrySet().stream()
            .map(
                entry ->
                    new MeasuredTensor(
                        entry.getKey(),
                        WeightVector.of(entry.getValue().base()),
                        WeightVector.of(entry.getValue().teacher()),
                        WeightVector.of(newest.get(entry.getKey()))))
            .toList();
    Map<String, Measure> measures = rule.measure(fold, measured);
    tensors.forEach(
        (name, tensor) -> {
          fold(fold, measures.get(name), name, tensor, newest.get(name));
          tensor.earlier().addFirst(newest.get(name));
          while (tensor.earlier().size() > rule.needs().earlier()) {
            tensor.earlier().removeLast();
          }
        });
    progress = fold.after();
  }

  private void fold(Fold fold, Measure measure, String name, Tensor tensor, MemorySegment newest) {
    long elements = newest.byteSize() / Float.BYTES;
    long first = 0;
    for (int piece = 0; first < elements; piece++) {
      long count = Math.min(LENGTHS[piece % LENGTHS.length], elements - first);
      rule.fold(fold, measure, piece(name, tensor, newest, first, count));
      first += count;
    }
  }

  private Piece piece(String name, Tensor tensor, MemorySegment newest, long first, long count) {
    List<MemorySegment> sums =
        IntStream.range(0, tensor.sums().size())
            .mapToObj(
                sum ->
                    part(
                        tensor.sums().get(sum),
                        first,
                        count,
                        rule.sums().get(sum).precision().bytes()))
            .toList();
    MemorySegment teacher = part(tensor.teacher(), first, count, Float.BYTES);
    var read =
        new Piece.Read(
            rule.needs().base() ? part(tensor.base(), first, count, Float.BYTES) : Piece.UNUSED,
            rule.needs().teacher() ? teacher : Piece.UNUSED,
            part(newest, first, count, Float.BYTES),
            tensor.earlier().stream()
                .map(vector -> part(vector, first, count, Float.BYTES))
                .toList(),
            sums);
    return new Piece(name, first, read, new Piece.Written(teacher, sums));
  }

  private static MemorySegment part(MemorySegment vector, long first, long count, int bytes) {
    return vector.asSlice(first * bytes, count * bytes);
  }

  /** Of one tensor. */
  float[] teacher() {
    return teacher(TENSOR);
  }

  float[] teacher(String tensor) {
    return tensors.get(tensor).teacher().toArray(ValueLayout.JAVA_FLOAT);
  }

  /** A sum of the only tensor, in double. */
  double[] sum(int number) {
    return tensors.get(TENSOR).sums().get(number).toArray(ValueLayout.JAVA_DOUBLE_UNALIGNED);
  }

  MergeProgress progress() {
    return progress;
  }
}
