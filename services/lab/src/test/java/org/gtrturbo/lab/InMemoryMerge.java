package org.gtrturbo.lab;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.gtrturbo.merging.Fold;
import org.gtrturbo.merging.Measure;
import org.gtrturbo.merging.MeasuredTensor;
import org.gtrturbo.merging.MergeProgress;
import org.gtrturbo.merging.MergeRule;
import org.gtrturbo.merging.Piece;
import org.gtrturbo.merging.WeightVector;

/** A merge of whole tensors in memory, checkpoint by checkpoint. */
final class InMemoryMerge {
  private static final ValueLayout.OfFloat FLOAT =
      ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  private final MergeRule rule;
  private final Map<String, List<MemorySegment>> versions = new HashMap<>();
  private final Map<String, MemorySegment> teacher = new HashMap<>();
  private final Map<String, List<MemorySegment>> sums = new HashMap<>();

  private InMemoryMerge(MergeRule rule) {
    this.rule = rule;
  }

  /**
   * @param tensors by name, of the base and of every checkpoint
   */
  static Map<String, float[]> of(MergeRule rule, Map<String, float[][]> tensors) {
    var merge = new InMemoryMerge(rule);
    tensors.forEach(merge::begin);
    int checkpoints = tensors.values().iterator().next().length;
    MergeProgress progress = MergeProgress.NONE;
    List<Long> merged = new ArrayList<>();
    for (long version = 1; version < checkpoints; version++) {
      Optional<Fold> fold = rule.plan(progress, version);
      if (fold.isPresent()) {
        merge.fold(fold.get(), merged);
        merged.addFirst(version);
        progress = fold.get().after();
      }
    }
    Map<String, float[]> result = new HashMap<>();
    merge.teacher.forEach((name, values) -> result.put(name, values.toArray(FLOAT)));
    return result;
  }

  private void begin(String name, float[][] values) {
    List<MemorySegment> ofTensor = new ArrayList<>();
    for (float[] version : values) {
      ofTensor.add(MemorySegment.ofArray(version.clone()));
    }
    versions.put(name, ofTensor);
    teacher.put(name, MemorySegment.ofArray(values[0].clone()));
    List<MemorySegment> started =
        rule.sums().stream()
            .map(sum -> MemorySegment.ofArray(new byte[values[0].length * sum.precision().bytes()]))
            .toList();
    rule.start(ofTensor.getFirst(), started);
    sums.put(name, started);
  }

  private void fold(Fold fold, List<Long> merged) {
    List<MeasuredTensor> measured = new ArrayList<>();
    for (String name : versions.keySet()) {
      measured.add(
          new MeasuredTensor(
              name,
              WeightVector.of(version(name, 0)),
              WeightVector.of(teacher.get(name)),
              WeightVector.of(version(name, fold.version()))));
    }
    Map<String, Measure> measures = rule.measure(fold, measured);
    for (String name : versions.keySet()) {
      var read =
          new Piece.Read(
              rule.needs().base() ? version(name, 0) : Piece.UNUSED,
              rule.needs().teacher() ? teacher.get(name) : Piece.UNUSED,
              version(name, fold.version()),
              merged.stream()
                  .limit(rule.needs().earlier())
                  .map(version -> version(name, version))
                  .toList(),
              sums.get(name));
      rule.fold(
          fold,
          measures.get(name),
          new Piece(name, 0, read, new Piece.Written(teacher.get(name), sums.get(name))));
    }
  }

  private MemorySegment version(String name, long version) {
    return versions.get(name).get((int) version);
  }
}
