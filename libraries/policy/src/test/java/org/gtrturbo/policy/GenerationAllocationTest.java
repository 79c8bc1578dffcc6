package org.gtrturbo.policy;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/**
 * What writing a token allocates on the heap: its place in the result, and in the copy that ONNX
 * Runtime hands out. Two batches are compared, so that what a call takes by itself does not count.
 */
final class GenerationAllocationTest {
  private static final int SMALL = 64;
  private static final int LARGE = 4 * SMALL;

  /** Token, log-probability and entropy as ONNX Runtime hands them out: 8, 4 and 4 bytes. */
  private static final int HANDED_OUT = 16;

  /** The same in the result: 4 bytes each. */
  private static final int RESULT = 12;

  /** The three rows of a text, their headers and rounding included, and its value twice. */
  private static final int EACH_TEXT = 3 * (16 + 8 + 8) + 8;

  @Test
  void aTokenTakesItsPlaceInTheResultAndInOneCopyAndNothingElse() {
    PolicySpec spec = SmallPolicy.spec();
    try (Generator generator = new Generator(spec, 1)) {
      allocated(generator, spec, SMALL);
      allocated(generator, spec, LARGE);

      long grown = allocated(generator, spec, LARGE) - allocated(generator, spec, SMALL);

      long texts = LARGE - SMALL;
      long tokens = texts * spec.text().generatedTokens();
      assertThat(grown)
          .as("bytes that %d texts of up to %d tokens more take", texts, tokens / texts)
          .isLessThanOrEqualTo(tokens * (HANDED_OUT + RESULT) + texts * EACH_TEXT);
    }
  }

  /** Bytes on this thread for one call. */
  private static long allocated(Generator generator, PolicySpec spec, int size) {
    SplittableRandom random = new SplittableRandom(size);
    Parameters parameters = SmallPolicy.parameters(spec, 1);
    ObservationBatch observations = SmallPolicy.observations(spec, size, random);
    float[] draws = SmallPolicy.draws(spec, size, random);
    var threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    long before = threads.getCurrentThreadAllocatedBytes();
    Generation written = generator.generate(parameters, observations, Sampling.at(1), draws);
    long after = threads.getCurrentThreadAllocatedBytes();
    assertThat(written.size()).isEqualTo(size);
    return after - before;
  }
}
