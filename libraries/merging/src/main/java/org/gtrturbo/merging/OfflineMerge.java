package org.gtrturbo.merging;

import java.lang.foreign.MemorySegment;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.LongConsumer;
import java.util.stream.Collectors;

/**
 * Merges checkpoints that are all there, in their order: what a service makes of them one after the
 * other, bit for bit. Besides what is written, the memory held does not grow with the tensors.
 */
public final class OfflineMerge {
  /** Elements whose sums are at hand at a time; eight sums of double fit a second-level cache. */
  private static final int RUN = 1 << 13;

  private final MergeRule rule;
  private final LongConsumer elementsMerged;

  /**
   * By a rule.
   *
   * @param elementsMerged told how many elements of one checkpoint are done with, from any thread
   */
  public OfflineMerge(MergeRule rule, LongConsumer elementsMerged) {
    this.rule = rule;
    this.elementsMerged = elementsMerged;
  }

  /**
   * One tensor. Its vectors are read from several threads.
   *
   * @param base of checkpoint 0
   * @param checkpoints in the order of folding
   * @param teacher where the merged one is written to, float32, of as many elements; it may be read
   *     as well, and is no memory of the others
   */
  public record Tensor(
      String name, WeightVector base, List<WeightVector> checkpoints, MemorySegment teacher) {
    public Tensor {
      checkpoints = List.copyOf(checkpoints);
      long elements = Blocks.elements(teacher);
      for (WeightVector vector : checkpoints) {
        if (vector.elements() != elements || base.elements() != elements) {
          throw new IllegalArgumentException(
              "tensor "
                  + name
                  + " has "
                  + vector.elements()
                  + " elements in a checkpoint, "
                  + base.elements()
                  + " in the base and "
                  + elements
                  + " in the teacher; all must agree");
        }
      }
    }
  }

  /**
   * Merges.
   *
   * @param versions of the checkpoints, rising
   * @param tensors each once, each with as many checkpoints as there are versions
   * @return how far the merge came; a checkpoint without weight is not counted
   */
  public MergeProgress merge(List<Long> versions, List<Tensor> tensors) {
    rule.requireTensors(tensors.stream().map(Tensor::name).collect(Collectors.toSet()));
    List<Step> steps = steps(versions);
    if (rule.needs().survey() == Needs.Survey.CHECKPOINT_AND_TEACHER || steps.isEmpty()) {
      tensors.forEach(OfflineMerge::startFromBase);
      steps.forEach(step -> foldWhole(step, measured(step, tensors), tensors));
    } else {
      List<Map<String, Measure>> measures =
          steps.stream().map(step -> measured(step, tensors)).toList();
      tensors.forEach(tensor -> foldRuns(steps, measures, tensor));
    }
    return steps.isEmpty() ? MergeProgress.NONE : steps.getLast().fold().after();
  }

  /**
   * @param place of the checkpoint among all
   */
  private record Step(int place, Fold fold) {}

  private List<Step> steps(List<Long> versions) {
    List<Step> steps = new ArrayList<>();
    MergeProgress progress = MergeProgress.NONE;
    for (int place = 0; place < versions.size(); place++) {
      Optional<Fold> fold = rule.plan(progress, versions.get(place));
      if (fold.isPresent()) {
        steps.add(new Step(place, fold.get()));
        progress = fold.get().after();
      }
    }
    return steps;
  }

  private Map<String, Measure> measured(Step step, List<Tensor> tensors) {
    return rule.measure(
        step.fold(),
        tensors.stream()
            .map(
                tensor ->
                    new MeasuredTensor(
                        tensor.name(),
                        tensor.base(),
                        WeightVector.of(tensor.teacher()),
                        tensor.checkpoints().get(step.place())))
            .toList());
  }

  private static void startFromBase(Tensor tensor) {
    var room = Blocks.room(RUN);
    for (long first = 0; first < tensor.base().elements(); first += RUN) {
      int count = (int) Math.min(RUN, tensor.base().elements() - first);
      part(tensor.teacher(), first, count).copyFrom(read(tensor.base(), first, count, room));
    }
  }

  /** A checkpoint at a time, because the next is measured against the teacher that it makes. */
  private void foldWhole(Step step, Map<String, Measure> measures, List<Tensor> tensors) {
    for (Tensor tensor : tensors) {
      Measure measure = measures.getOrDefault(tensor.name(), Measure.NONE);
      Runs.of(tensor.base().elements(), RUN)
          .forEach(
              run -> {
                int count = run.count();
                MemorySegment teacher = part(tensor.teacher(), run.first(), count);
                WeightVector newest = tensor.checkpoints().get(step.place());
                var read =
                    new Piece.Read(
                        read(tensor.base(), run.first(), count, Blocks.room(count)),
                        teacher,
                        read(newest, run.first(), count, Blocks.room(count)),
                        List.of(),
                        List.of());
                var written = new Piece.Written(teacher, List.of());
                rule.fold(
                    step.fold(), measure, new Piece(tensor.name(), run.first(), read, written));
                elementsMerged.accept(count);
              });
    }
  }

  /** All checkpoints of a run of elements, so that its sums never leave the cache. */
  private void foldRuns(List<Step> steps, List<Map<String, Measure>> measures, Tensor tensor) {
    List<Measure> ofTensor =
        measures.stream()
            .map(measure -> measure.getOrDefault(tensor.name(), Measure.NONE))
            .toList();
    Runs.of(tensor.base().elements(), RUN)
        .forEach(
            run -> {
              int count = run.count();
              MemorySegment base = read(tensor.base(), run.first(), count, Blocks.room(count));
              MemorySegment teacher = part(tensor.teacher(), run.first(), count);
              teacher.copyFrom(base);
              List<MemorySegment> sums = sums(count);
              Deque<MemorySegment> earlier = new ArrayDeque<>();
              List<FoldStep> folded = new ArrayList<>();
              for (int number = 0; number < steps.size(); number++) {
                Step step = steps.get(number);
                WeightVector checkpoint = tensor.checkpoints().get(step.place());
                MemorySegment newest = read(checkpoint, run.first(), count, Blocks.room(count));
                var read = new Piece.Read(base, teacher, newest, List.copyOf(earlier), sums);
                boolean wanted = rule.needs().teacher() || number == steps.size() - 1;
                var written = new Piece.Written(wanted ? teacher : Piece.UNUSED, sums);
                folded.add(
                    new FoldStep(
                        step.fold(),
                        ofTensor.get(number),
                        new Piece(tensor.name(), run.first(), read, written)));
                earlier.addFirst(newest);
                if (earlier.size() > rule.needs().earlier()) {
                  earlier.removeLast();
                }
              }
              rule.merge(base, folded);
              elementsMerged.accept((long) count * steps.size());
            });
  }

  private List<MemorySegment> sums(int count) {
    return rule.sums().stream()
        .map(sum -> MemorySegment.ofArray(new byte[count * sum.precision().bytes()]))
        .toList();
  }

  private static MemorySegment read(
      WeightVector vector, long first, int count, MemorySegment room) {
    return vector.read(first, count, room.asSlice(0, (long) count * Float.BYTES));
  }

  private static MemorySegment part(MemorySegment vector, long first, int count) {
    return vector.asSlice(first * Float.BYTES, (long) count * Float.BYTES);
  }
}
