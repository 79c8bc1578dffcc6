package org.gtrturbo.merging;

import java.lang.foreign.Arena;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * Along the arc from the teacher before towards the newest checkpoint (Shoemake, SIGGRAPH 1985;
 * WARP, arXiv 2406.16768). With a and b what the two differ by from the origin, Ω the angle between
 * them and t the newest's share:
 *
 * <pre>
 * T = origin + sin((1 − t) Ω) / sin Ω · a + sin(t Ω) / sin Ω · b
 * </pre>
 *
 * <p>Where there is no arc, because one of them is zero or they are parallel, it is the straight
 * line {@code (1 − t) a + t b}.
 *
 * @param weighting what gives the newest its share
 * @param scope over what the angle is measured
 * @param origin what the vectors are taken from
 */
public record Slerp(Weighting weighting, Scope scope, Origin origin) implements MergeRule {
  /** Below this sine two directions are one line, and its inverse would only carry noise. */
  private static final double PARALLEL = 1e-6;

  /** What vectors start from. */
  public enum Origin {
    /** The run's base: the arc is one of task vectors. */
    BASE,
    /** Zero: the arc is one of the weights themselves. */
    ZERO
  }

  @Override
  public String name() {
    return "slerp";
  }

  @Override
  public Map<String, String> settings() {
    return RuleWriter.of().weighting(weighting).scope(scope).origin(origin).settings();
  }

  @Override
  public Optional<Fold> plan(MergeProgress before, long version) {
    return weighting.weigh(before, version);
  }

  @Override
  public Needs needs() {
    return new Needs(origin == Origin.BASE, true, 0, Needs.Survey.CHECKPOINT_AND_TEACHER);
  }

  @Override
  public List<Sum> sums() {
    return List.of();
  }

  @Override
  public Map<String, Measure> measure(Fold fold, List<MeasuredTensor> tensors) {
    Map<String, Products> products =
        tensors.stream()
            .collect(
                Collectors.toMap(
                    MeasuredTensor::name, tensor -> Products.of(tensor, origin == Origin.BASE)));
    if (scope == Scope.TENSOR) {
      return products.entrySet().stream()
          .collect(Collectors.toMap(Map.Entry::getKey, entry -> factors(fold, entry.getValue())));
    }
    // Added up in the order of the tensors, which is the same on every machine.
    Products together =
        tensors.stream()
            .map(tensor -> Optional.ofNullable(products.get(tensor.name())).orElseThrow())
            .reduce(Products.NONE, Products::plus);
    Measure factors = factors(fold, together);
    return tensors.stream().collect(Collectors.toMap(MeasuredTensor::name, tensor -> factors));
  }

  private static Measure factors(Fold fold, Products products) {
    double norms = Math.sqrt(products.teacher()) * Math.sqrt(products.newest());
    double cosine = norms == 0 ? 1 : Math.clamp(products.both() / norms, -1, 1);
    double angle = StrictMath.acos(cosine);
    double sine = StrictMath.sin(angle);
    if (sine < PARALLEL) {
      return new Measure(fold.newest(), 1 - fold.newest());
    }
    return new Measure(
        StrictMath.sin(fold.newest() * angle) / sine,
        StrictMath.sin((1 - fold.newest()) * angle) / sine);
  }

  @Override
  public void fold(Fold fold, Measure measure, Piece piece) {
    piece.check(this);
    if (fold.newest() == 1) {
      piece.written().teacher().copyFrom(piece.read().newest());
      return;
    }
    var start = new float[Blocks.LENGTH];
    var teacher = new float[Blocks.LENGTH];
    var newest = new float[Blocks.LENGTH];
    long elements = piece.elements();
    for (long first = 0; first < elements; first += Blocks.LENGTH) {
      int count = Blocks.count(first, elements);
      if (origin == Origin.BASE) {
        Blocks.read(piece.read().base(), first, start, count);
      }
      Blocks.read(piece.read().teacher(), first, teacher, count);
      Blocks.read(piece.read().newest(), first, newest, count);
      turn(measure, start, teacher, newest, count);
      Blocks.write(teacher, piece.written().teacher(), first, count);
    }
  }

  private static void turn(
      Measure measure, float[] start, float[] teacher, float[] newest, int count) {
    double ofTeacher = measure.teacher();
    double ofNewest = measure.newest();
    for (int index = 0; index < count; index++) {
      double origin = start[index];
      double old = teacher[index] - origin;
      double fresh = newest[index] - origin;
      teacher[index] = (float) (origin + ofTeacher * old + ofNewest * fresh);
    }
  }

  /**
   * @param teacher a · a
   * @param newest b · b
   * @param both a · b
   */
  private record Products(double teacher, double newest, double both) {
    static final Products NONE = new Products(0, 0, 0);

    Products plus(Products other) {
      return new Products(teacher + other.teacher, newest + other.newest, both + other.both);
    }

    static Products of(MeasuredTensor tensor, boolean fromBase) {
      return Runs.of(tensor.newest().elements())
          .map(run -> ofRun(tensor, fromBase, run))
          .reduce(NONE, Products::plus);
    }

    private static Products ofRun(MeasuredTensor tensor, boolean fromBase, Runs.Run run) {
      try (Arena arena = Arena.ofConfined()) {
        return ofRun(tensor, fromBase, run, arena);
      }
    }

    private static Products ofRun(
        MeasuredTensor tensor, boolean fromBase, Runs.Run run, Arena arena) {
      var start = new float[Blocks.LENGTH];
      var old = new float[Blocks.LENGTH];
      var fresh = new float[Blocks.LENGTH];
      var base = new BlockReader(tensor.base(), run.end(), arena);
      var before = new BlockReader(tensor.teacher(), run.end(), arena);
      var checkpoint = new BlockReader(tensor.newest(), run.end(), arena);
      double teacher = 0;
      double newest = 0;
      double both = 0;
      for (long first = run.first(); first < run.end(); first += Blocks.LENGTH) {
        int count = Blocks.count(first, run.end());
        if (fromBase) {
          base.read(first, start, count);
        }
        before.read(first, old, count);
        checkpoint.read(first, fresh, count);
        for (int index = 0; index < count; index++) {
          double a = (double) old[index] - start[index];
          double b = (double) fresh[index] - start[index];
          teacher += a * a;
          newest += b * b;
          both += a * b;
        }
      }
      return new Products(teacher, newest, both);
    }
  }
}
