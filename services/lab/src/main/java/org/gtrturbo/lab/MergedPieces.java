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
import org.gtrturbo.merging.FoldStep;
import org.gtrturbo.merging.Measure;
import org.gtrturbo.merging.MergeRule;
import org.gtrturbo.merging.Piece;
import org.gtrturbo.policy.files.ElementType;
import org.gtrturbo.policy.files.Floats;
import org.gtrturbo.policy.files.StoredTensor;
import org.gtrturbo.policy.files.WritableCopy;

/** The pieces of a merge of files, folded side by side on all processors. */
final class MergedPieces {
  /** Elements that one task merges. */
  private static final int ELEMENTS = 1 << 18;

  /** Elements of all files that are merged at a time; those of some files fit a second cache. */
  private static final int PART = 1 << 13;

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

  /** Every piece to its end before the next, part by part in the same room. */
  void foldAll(List<Fold> folds, List<Map<String, Measure>> measures) {
    sideBySide(
        run -> {
          try (Arena arena = Arena.ofConfined()) {
            var rooms = new Rooms(run, folds.size(), arena);
            for (int at = 0; at < run.count(); at += PART) {
              int count = Math.min(PART, run.count() - at);
              merge(new Run(run.weight(), run.first() + at, count), folds, measures, rooms);
            }
          }
        });
  }

  /** Room for one part of a run: what is widened, what is merged, and its sums. */
  private final class Rooms {
    private final List<MemorySegment> widened = new ArrayList<>();
    private final MemorySegment teacher;
    private final List<MemorySegment> sums;

    Rooms(Run run, int folds, Arena arena) {
      var part = new Run(run.weight(), run.first(), Math.min(PART, run.count()));
      for (int vector = 0; vector <= folds; vector++) {
        widened.add(floats(part, arena));
      }
      this.teacher = floats(part, arena);
      this.sums =
          rule.sums().stream()
              .map(sum -> arena.allocate((long) part.count() * sum.precision().bytes(), 64))
              .toList();
    }

    State state(int count) {
      return new State(
          teacher.asSlice(0, (long) count * Float.BYTES),
          IntStream.range(0, sums.size())
              .mapToObj(
                  sum -> {
                    long bytes = (long) count * rule.sums().get(sum).precision().bytes();
                    return sums.get(sum).asSlice(0, bytes);
                  })
              .toList());
    }
  }

  private void merge(Run part, List<Fold> folds, List<Map<String, Measure>> measures, Rooms rooms) {
    String name = part.weight().name();
    State state = rooms.state(part.count());
    MemorySegment base = read(part, 0, rooms.widened.getLast());
    state.teacher().copyFrom(base);
    List<MemorySegment> newest = new ArrayList<>();
    List<FoldStep> steps = new ArrayList<>();
    for (int index = 0; index < folds.size(); index++) {
      newest.add(read(part, folds.get(index).version(), rooms.widened.get(index)));
      List<MemorySegment> earlier =
          newest.subList(Math.max(0, index - rule.needs().earlier()), index).reversed();
      boolean isWanted = rule.needs().teacher() || index == folds.size() - 1;
      var written = new Piece.Written(isWanted ? state.teacher() : Piece.UNUSED, state.sums());
      var read =
          new Piece.Read(
              rule.needs().base() ? base : Piece.UNUSED,
              rule.needs().teacher() ? state.teacher() : Piece.UNUSED,
              newest.getLast(),
              earlier,
              state.sums());
      Measure measure = measures.get(index).getOrDefault(name, Measure.NONE);
      steps.add(
          new FoldStep(folds.get(index), measure, new Piece(name, part.first(), read, written)));
    }
    rule.merge(base, steps);
    write(part, state.teacher());
    progress.accept(done.addAndGet((long) part.count() * folds.size()) / all);
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
    return read(run, version, vector.isWidened() ? floats(run, arena) : MemorySegment.NULL);
  }

  private MemorySegment read(Run run, long version, MemorySegment room) {
    return files.vector(version, run.weight().name()).read(run.first(), run.count(), room);
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
