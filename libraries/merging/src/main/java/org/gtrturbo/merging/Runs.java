package org.gtrturbo.merging;

import java.util.List;
import java.util.function.BinaryOperator;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.stream.LongStream;
import java.util.stream.Stream;

/**
 * A vector cut into runs of one length, which several threads work through. What a run gives is
 * joined in the order of the runs, so a result does not depend on how many threads there are.
 */
final class Runs {
  /** Elements of a run: large against what a task costs, small against a tensor. */
  static final int LENGTH = 1 << 16;

  private Runs() {}

  /**
   * @param first index of its first element
   * @param end one behind its last
   */
  record Run(long first, long end) {
    int count() {
      return Math.toIntExact(end - first);
    }
  }

  static Mapping of(long elements) {
    return of(elements, LENGTH);
  }

  static Mapping of(long elements, int length) {
    return new Mapping(elements, length);
  }

  /** So many elements, in runs of a length. */
  record Mapping(long elements, int length) {
    void forEach(Consumer<Run> work) {
      stream().forEach(work);
    }

    <R> Results<R> map(Function<Run, R> work) {
      return new Results<>(stream().map(work).toList());
    }

    private Stream<Run> stream() {
      long runs = (elements + length - 1) / length;
      return LongStream.range(0, runs)
          .parallel()
          .mapToObj(run -> new Run(run * length, Math.min(elements, (run + 1) * length)));
    }
  }

  /** What the runs gave, in their order. */
  record Results<R>(List<R> each) {
    R reduce(R start, BinaryOperator<R> join) {
      R joined = start;
      for (R result : each) {
        joined = join.apply(joined, result);
      }
      return joined;
    }
  }
}
