package org.gtrturbo.benchmarks;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.gtrturbo.merging.Ema;
import org.gtrturbo.merging.Measure;
import org.gtrturbo.merging.MergeProgress;
import org.gtrturbo.merging.MergeRule;
import org.gtrturbo.merging.Piece;
import org.gtrturbo.merging.Sma;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

@Command(
    name = "merge-kernels",
    description = {
      "EMA and SMA over vectors in memory against the memory bandwidth that a triad (a = b + s c)",
      "reaches in the same process. All three read two vectors and write one, 12 bytes a",
      "parameter."
    })
final class MergeKernelsCommand implements Callable<Integer> {
  private static final int PIECE = 1 << 20;
  private static final double BYTES = 12;
  private static final int WARM_UP = 5;

  @Mixin private MergeOptions options = new MergeOptions();

  @Override
  public Integer call() {
    List<Ratio> ratios = new ArrayList<>();
    for (int threads : options.threads()) {
      try (var pool = Executors.newFixedThreadPool(threads);
          var arena = Arena.ofShared()) {
        ratios.addAll(measure(pool, arena, threads));
      }
    }
    ratios.forEach(ratio -> System.out.println(ratio.json()));
    return 0;
  }

  private List<Ratio> measure(ExecutorService pool, Arena arena, int threads) {
    int parameters = options.parameters();
    var triad = new Triad(parameters);
    var vectors = new Vectors(arena, parameters);
    List<Double> triads = new ArrayList<>();
    List<Double> emas = new ArrayList<>();
    List<Double> smas = new ArrayList<>();
    for (int round = -WARM_UP; round < options.rounds(); round++) {
      double ofTriad = rate(pool, triad::run);
      double ofEma = rate(pool, (first, end) -> vectors.fold(new Ema(0.1), first, end));
      double ofSma = rate(pool, (first, end) -> vectors.fold(new Sma(), first, end));
      if (round >= 0) {
        triads.add(ofTriad);
        emas.add(ofEma);
        smas.add(ofSma);
      }
    }
    String peer = "triad, " + Measurement.of("triad", "GB/s", triads).median() + " GB/s";
    String suffix = "-" + threads + "-threads";
    System.out.println(Measurement.of("triad" + suffix, "GB/s", triads).json());
    System.out.println(Measurement.of("merge-ema" + suffix, "GB/s", emas).json());
    System.out.println(Measurement.of("merge-sma" + suffix, "GB/s", smas).json());
    return List.of(
        Ratio.of("merge-ema" + suffix, "bandwidth", peer, emas, triads),
        Ratio.of("merge-sma" + suffix, "bandwidth", peer, smas, triads));
  }

  private interface Part {
    void run(int first, int end);
  }

  /** GB/s of one pass, each thread taking pieces. */
  private double rate(ExecutorService pool, Part part) {
    int parameters = options.parameters();
    long since = System.nanoTime();
    List<Future<?>> started = new ArrayList<>();
    for (int first = 0; first < parameters; first += PIECE) {
      int from = first;
      started.add(pool.submit(() -> part.run(from, Math.min(parameters, from + PIECE))));
    }
    for (Future<?> each : started) {
      try {
        each.get();
      } catch (ExecutionException | InterruptedException e) {
        throw new IllegalStateException("a kernel failed", e);
      }
    }
    return BYTES * parameters / (System.nanoTime() - since);
  }

  /** A plain loop over arrays, which the Java machine turns into vector instructions. */
  private record Triad(float[] into, float[] left, float[] right) {
    Triad(int parameters) {
      this(new float[parameters], filled(parameters), filled(parameters));
    }

    void run(int first, int end) {
      float factor = 0.5f;
      for (int index = first; index < end; index++) {
        into[index] = left[index] + factor * right[index];
      }
    }
  }

  private record Vectors(MemorySegment into, MemorySegment teacher, MemorySegment newest) {
    Vectors(Arena arena, int parameters) {
      this(
          arena.allocate((long) parameters * Float.BYTES, 64),
          arena.allocate((long) parameters * Float.BYTES, 64),
          arena.allocate((long) parameters * Float.BYTES, 64));
      MemorySegment values = MemorySegment.ofArray(filled(parameters));
      teacher.copyFrom(values);
      newest.copyFrom(values);
    }

    void fold(MergeRule rule, int first, int end) {
      var fold = rule.plan(new MergeProgress(7, 7), 8).orElseThrow();
      var read =
          new Piece.Read(
              Piece.UNUSED,
              part(teacher, first, end),
              part(newest, first, end),
              List.of(),
              List.of());
      var written = new Piece.Written(part(into, first, end), List.of());
      rule.fold(fold, Measure.NONE, new Piece("tensor", first, read, written));
    }

    private static MemorySegment part(MemorySegment vector, int first, int end) {
      return vector.asSlice((long) first * Float.BYTES, (long) (end - first) * Float.BYTES);
    }
  }

  private static float[] filled(int parameters) {
    var values = new float[parameters];
    for (int index = 0; index < parameters; index++) {
      values[index] = 1 + index % 1000 / 1000f;
    }
    return values;
  }
}
