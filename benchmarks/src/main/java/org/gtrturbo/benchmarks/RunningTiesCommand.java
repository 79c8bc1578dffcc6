package org.gtrturbo.benchmarks;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.Callable;
import org.gtrturbo.merging.Fold;
import org.gtrturbo.merging.Measure;
import org.gtrturbo.merging.MeasuredTensor;
import org.gtrturbo.merging.MergeProgress;
import org.gtrturbo.merging.MergeRule;
import org.gtrturbo.merging.Piece;
import org.gtrturbo.merging.Sum;
import org.gtrturbo.merging.WeightVector;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

@Command(
    name = "merge-running",
    description = {
      "A TIES that runs over a growing history: whether the time for a checkpoint grows, and how",
      "far the teacher is from the definition over the whole history, computed with a sort for"
          + " each",
      "trim and every difference of a sample of elements at hand. More than 1e-6 is an error."
    })
final class RunningTiesCommand implements Callable<Integer> {
  private static final double MOST = 1e-6;
  private static final double DENSITY = 0.8;
  private static final int SAMPLED = 64;

  /** Checkpoints at either end of the history whose times are compared. */
  private static final int COMPARED = 40;

  @Option(names = "--checkpoints", defaultValue = "200", description = "${DEFAULT-VALUE}.")
  private int checkpoints = 200;

  @Option(names = "--parameters", defaultValue = "1048576", description = "${DEFAULT-VALUE}.")
  private int parameters = 1 << 20;

  @Override
  public Integer call() {
    MergeRule rule = MergeRule.of("ties", Map.of("density", Double.toString(DENSITY)));
    List<Double> seconds = new ArrayList<>();
    double error;
    try (Arena arena = Arena.ofShared()) {
      var state = new State(arena, rule, parameters);
      // The Java machine compiles while the first are folded; they are folded again.
      for (int number = 1; number <= COMPARED / 2; number++) {
        state.fold(checkpoint(number));
      }
      state.restart();
      var history = new History(checkpoints, parameters);
      for (int number = 1; number <= checkpoints; number++) {
        float[] checkpoint = checkpoint(number);
        history.add(number, checkpoint);
        seconds.add(state.fold(checkpoint));
      }
      error = history.error(state.teacher());
    }
    Ratio time =
        Ratio.of(
            "merge-running-ties",
            "time a checkpoint",
            "the first " + COMPARED,
            seconds.subList(checkpoints - COMPARED, checkpoints).stream().sorted().toList(),
            seconds.subList(0, COMPARED).stream().sorted().toList());
    System.out.println(Measurement.of("merge-running-ties", "ms", millis(seconds)).json());
    System.out.println(time.json());
    System.out.println(
        "{\"name\":\"merge-running-ties\",\"relativeError\":%.2e,\"checkpoints\":%d}"
            .formatted(error, checkpoints));
    return error <= MOST ? 0 : 1;
  }

  private static List<Double> millis(List<Double> seconds) {
    return seconds.stream().map(each -> each * 1000).toList();
  }

  private float[] checkpoint(int number) {
    var random = new SplittableRandom(number);
    var values = new float[parameters];
    for (int index = 0; index < parameters; index++) {
      values[index] = (float) random.nextGaussian();
    }
    return values;
  }

  /** A running merge in native memory; the base is zero. */
  private static final class State {
    private final MergeRule rule;
    private final MemorySegment base;
    private final MemorySegment newest;
    private final MemorySegment teacher;
    private final List<MemorySegment> sums;
    private MergeProgress progress = MergeProgress.NONE;

    State(Arena arena, MergeRule rule, int parameters) {
      this.rule = rule;
      this.base = arena.allocate((long) parameters * Float.BYTES, 64);
      this.newest = arena.allocate((long) parameters * Float.BYTES, 64);
      this.teacher = arena.allocate((long) parameters * Float.BYTES, 64);
      this.sums = rule.sums().stream().map(sum -> room(arena, sum, parameters)).toList();
    }

    private static MemorySegment room(Arena arena, Sum sum, int parameters) {
      return arena.allocate((long) parameters * sum.precision().bytes(), 64);
    }

    void restart() {
      rule.start(base, sums);
      progress = MergeProgress.NONE;
    }

    /** Seconds that it took. */
    double fold(float[] checkpoint) {
      newest.copyFrom(MemorySegment.ofArray(checkpoint));
      long since = System.nanoTime();
      Fold fold = rule.plan(progress, progress.merged() + 1).orElseThrow();
      var tensor =
          new MeasuredTensor(
              "tensor", WeightVector.of(base), WeightVector.of(teacher), WeightVector.of(newest));
      Measure measure = rule.measure(fold, List.of(tensor)).getOrDefault("tensor", Measure.NONE);
      var read = new Piece.Read(base, Piece.UNUSED, newest, List.of(), sums);
      rule.fold(fold, measure, new Piece("tensor", 0, read, new Piece.Written(teacher, sums)));
      progress = fold.after();
      return (System.nanoTime() - since) / 1e9;
    }

    float[] teacher() {
      return teacher.toArray(ValueLayout.JAVA_FLOAT);
    }
  }

  /** Every difference of some elements, trimmed by a sort of all of them. */
  private static final class History {
    private final double[][] kept;
    private final int parameters;

    History(int checkpoints, int parameters) {
      this.parameters = parameters;
      this.kept = new double[checkpoints][parameters / SAMPLED];
    }

    void add(int number, float[] checkpoint) {
      var magnitudes = new float[parameters];
      for (int index = 0; index < parameters; index++) {
        magnitudes[index] = Math.abs(checkpoint[index]);
      }
      Arrays.sort(magnitudes);
      float threshold = magnitudes[parameters - (int) (parameters * DENSITY)];
      double[] row = kept[number - 1];
      for (int sample = 0; sample < row.length; sample++) {
        float value = checkpoint[sample * SAMPLED];
        row[sample] = Math.abs(value) >= threshold ? value : 0;
      }
    }

    double error(float[] teacher) {
      double largest = 0;
      for (int sample = 0; sample < parameters / SAMPLED; sample++) {
        double exact = merged(sample);
        double distance = Math.abs(teacher[sample * SAMPLED] - exact);
        largest = Math.max(largest, exact == 0 ? distance : distance / Math.abs(exact));
      }
      return largest;
    }

    private double merged(int sample) {
      double total = Arrays.stream(kept).mapToDouble(row -> row[sample]).sum();
      return Arrays.stream(kept)
          .mapToDouble(row -> row[sample])
          .filter(value -> value != 0 && Math.signum(value) == Math.signum(total))
          .average()
          .orElse(0);
    }
  }
}
