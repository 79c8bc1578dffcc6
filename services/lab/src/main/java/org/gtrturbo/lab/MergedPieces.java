package org.gtrturbo.lab;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import java.util.function.DoubleConsumer;
import java.util.stream.IntStream;
import org.gtrturbo.merging.Fold;
import org.gtrturbo.merging.Measure;
import org.gtrturbo.merging.MergeRule;
import org.gtrturbo.merging.Piece;
import org.gtrturbo.policy.files.ElementType;
import org.gtrturbo.policy.files.Floats;
import org.gtrturbo.policy.files.StoredTensor;
import org.gtrturbo.policy.files.WritableCopy;

/** The pieces of a merge of files, folded side by side on all processors. */
final class MergedPieces {
  private static final int ELEMENTS = 1 << 18;
  private static final float LARGEST_HALF = 65504;

  private final MergeRule rule;
  private final MergedFiles files;
  private final WritableCopy output;
  private final List<Run> runs = new ArrayList<>();
  private final DoubleConsumer progress;
  private final AtomicLong done = new AtomicLong();
  private final double all;

  /** Neighbouring elements of a weight. */
  private record Run(StoredTensor weight, long first, int count) {
    MemorySegment of(MemorySegment vector, int bytesOfElement) {
      return vector.asSlice(first * bytesOfElement, (long) count * bytesOfElement);
    }
  }

  /**
   * @param output gets what comes out
   */
  MergedPieces(
      MergeRule rule, MergedFiles files, WritableCopy output, int folds, DoubleConsumer progress) {
    this.rule = rule;
    this.files = files;
    this.output = output;
    this.progress = progress;
    this.all = (double) folds * files.elements();
    for (StoredTensor weight : files.weights()) {
      for (long first = 0; first < weight.elements(); first += ELEMENTS) {
        int count = (int) Math.min(ELEMENTS, weight.elements() - first);
        runs.add(new Run(weight, first, count));
      }
    }
  }

  /** Every piece to its end before the next. */
  void foldAll(List<Fold> folds, List<Map<String, Measure>> measures) {
    sideBySide(
        run -> {
          try (Arena arena = Arena.ofConfined()) {
            var state = start(run, arena);
            for (int index = 0; index < folds.size(); index++) {
              // Of each fold anew, so that what is held does not grow with their number.
              try (Arena scratch = Arena.ofConfined()) {
                fold(run, folds, index, measures.get(index), state, scratch);
              }
            }
            write(run, state.teacher());
          }
        });
  }

  /** Every fold to its end before the next, with the teacher between them. */
  void foldOneByOne(List<Fold> folds, KeptTeacher kept) {
    sideBySide(
        run -> {
          try (Arena arena = Arena.ofConfined()) {
            var state = start(run, arena);
            keptPart(run, kept).copyFrom(state);
          }
        });
    for (int index = 0; index < folds.size(); index++) {
      int current = index;
      Map<String, Measure> measures =
          rule.measure(folds.get(index), files.measured(folds.get(index), Optional.of(kept)));
      sideBySide(
          run -> {
            try (Arena arena = Arena.ofConfined()) {
              fold(run, folds, current, measures, keptPart(run, kept), arena);
            }
          });
    }
    sideBySide(run -> write(run, keptPart(run, kept).teacher()));
  }

  /** Teacher and sums of one run. */
  private record State(MemorySegment teacher, List<MemorySegment> sums) {
    void copyFrom(State other) {
      teacher.copyFrom(other.teacher);
      for (int sum = 0; sum < sums.size(); sum++) {
        sums.get(sum).copyFrom(other.sums.get(sum));
      }
    }
  }

  private void sideBySide(Consumer<Run> work) {
    List<Callable<Run>> tasks =
        runs.stream()
            .map(
                run ->
                    (Callable<Run>)
                        () -> {
                          work.accept(run);
                          return run;
                        })
            .toList();
    try {
      SideBySide.run("a merge", tasks, Runtime.getRuntime().availableProcessors());
    } catch (IllegalStateException failed) {
      if (failed.getCause() instanceof IllegalArgumentException wrong) {
        throw new IllegalArgumentException(wrong.getMessage(), failed);
      }
      throw failed;
    }
  }

  /** The base is the teacher until a checkpoint is folded. */
  private State start(Run run, Arena arena) {
    MemorySegment teacher = floats(run, arena);
    MemorySegment base = read(run, 0, arena);
    teacher.copyFrom(base);
    List<MemorySegment> sums =
        rule.sums().stream()
            .map(sum -> arena.allocate((long) run.count() * sum.precision().bytes(), 64))
            .toList();
    rule.start(base, sums);
    return new State(teacher, sums);
  }

  private State keptPart(Run run, KeptTeacher kept) {
    String name = run.weight().name();
    List<MemorySegment> sums = kept.sums(name);
    return new State(
        run.of(kept.teacher(name), Float.BYTES),
        IntStream.range(0, sums.size())
            .mapToObj(sum -> run.of(sums.get(sum), rule.sums().get(sum).precision().bytes()))
            .toList());
  }

  private void fold(
      Run run,
      List<Fold> folds,
      int index,
      Map<String, Measure> measures,
      State state,
      Arena arena) {
    Fold fold = folds.get(index);
    List<MemorySegment> earlier = new ArrayList<>();
    for (int before = index - 1; before >= 0 && earlier.size() < rule.needs().earlier(); before--) {
      earlier.add(read(run, folds.get(before).version(), arena));
    }
    var read =
        new Piece.Read(
            rule.needs().base() ? read(run, 0, arena) : Piece.UNUSED,
            rule.needs().teacher() ? state.teacher() : Piece.UNUSED,
            read(run, fold.version(), arena),
            earlier,
            state.sums());
    Measure measure = measures.getOrDefault(run.weight().name(), Measure.NONE);
    rule.fold(
        fold,
        measure,
        new Piece(
            run.weight().name(),
            run.first(),
            read,
            new Piece.Written(state.teacher(), state.sums())));
    progress.accept(done.addAndGet(run.count()) / all);
  }

  private MemorySegment read(Run run, long version, Arena arena) {
    StoredVector vector = files.vector(version, run.weight().name());
    MemorySegment scratch = vector.isWidened() ? floats(run, arena) : MemorySegment.NULL;
    return vector.read(run.first(), run.count(), scratch);
  }

  private static MemorySegment floats(Run run, Arena arena) {
    return arena.allocate((long) run.count() * Float.BYTES, 64);
  }

  private void write(Run run, MemorySegment teacher) {
    ElementType type = run.weight().type();
    if (type == ElementType.FLOAT16) {
      requireHalf(run, teacher);
    }
    Floats.narrow(type, teacher, run.of(output.weight(run.weight().name()), type.bytes()));
  }

  private static void requireHalf(Run run, MemorySegment teacher) {
    for (long index = 0; index < run.count(); index++) {
      float value = teacher.getAtIndex(Floats.FLOAT, index);
      if (!(Math.abs(value) <= LARGEST_HALF)) {
        throw new IllegalArgumentException(
            "merged, "
                + run.weight()
                + " has "
                + value
                + " at element "
                + (run.first() + index)
                + ", which float16 cannot hold; give files of float32 or bfloat16");
      }
    }
  }
}
