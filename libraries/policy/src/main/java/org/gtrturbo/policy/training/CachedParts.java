package org.gtrturbo.policy.training;

import org.gtrturbo.policy.PolicySpec;

/**
 * Into how many parts a minibatch is cut: so that what is computed of a part stays in the
 * processor's cache until it is read again, and each thread has one. It is cut where that was
 * measured to pay: where the widest values of the whole are far beyond a cache, or threads would
 * have to share operators otherwise, down to parts of many tokens still, as each part also adds up
 * a gradient of all parameters.
 */
final class CachedParts {
  private static final long TOO_LARGE_BYTES = 4L << 20;
  private static final long CACHED_BYTES = 2L << 20;
  private static final long FEWEST_TOKENS = 1024;

  // Each worker has a gradient of all parameters of its own.
  private static final long MOST_GRADIENT_BYTES = 256L << 20;

  private CachedParts() {}

  /**
   * A minibatch, cut.
   *
   * @param workers how many compute parts of it side by side; they divide the parts
   */
  record Cut(TrainingSetup setup, int workers) {
    static Cut none(TrainingSetup setup) {
      return new Cut(setup, 1);
    }
  }

  /**
   * The setup for minibatches of texts of one length. One that cuts them already stays as it is,
   * and so do those of a device other than the processor and of policies that are not the built-in
   * one, of whose values nothing is known.
   *
   * @param length G, tokens of a text
   */
  static Cut cut(
      TrainingSetup setup, PolicySpec spec, int minibatch, int length, TrainingRuntime runtime) {
    boolean isCut = setup.computation().microBatches() > 1;
    return switch (runtime) {
      case HostRuntime host when !isCut ->
          switch (spec.network()) {
            case PolicySpec.TransformerSpec transformer -> {
              long tokens = spec.contextTokens() + length - 1L;
              int most = mostWorkers(host.compute().threads(), setup.plan().trainedBytes());
              int parts = parts(transformer, minibatch, tokens, most);
              yield new Cut(setup.inParts(parts), Math.min(parts, most));
            }
            case PolicySpec.ImportedSpec _ -> Cut.none(setup);
          };
      case HostRuntime _, ResidentRuntime _ -> Cut.none(setup);
    };
  }

  /** A power of two, as parts are. */
  private static int mostWorkers(int threads, long gradientBytes) {
    long fitting = MOST_GRADIENT_BYTES / Math.max(1, gradientBytes);
    return Integer.highestOneBit(Math.clamp(fitting, 1, threads));
  }

  private static int parts(
      PolicySpec.TransformerSpec transformer, int minibatch, long tokens, int workers) {
    long bytes = minibatch * tokens * transformer.feedForward() * Float.BYTES;
    long fitting = bytes <= TOO_LARGE_BYTES ? bytes : CACHED_BYTES;
    int parts = 1;
    while ((bytes / parts > fitting || parts < workers)
        && minibatch % (2 * parts) == 0
        && minibatch * tokens / (2L * parts) >= FEWEST_TOKENS) {
      parts *= 2;
    }
    return parts;
  }
}
