package org.gtrturbo.lab;

import org.gtrturbo.platform.settings.Settings;
import org.gtrturbo.policy.PolicySpec;
import org.jspecify.annotations.Nullable;

/** One evaluator at a time, made anew only when policies of another make come. */
final class EvaluatorOfSpec implements AutoCloseable {
  private final Settings settings;
  private @Nullable Open open;

  private record Open(PolicySpec spec, Evaluator evaluator) {}

  EvaluatorOfSpec(Settings settings) {
    this.settings = settings;
  }

  Evaluator evaluator(PolicySpec spec) {
    Open current = open;
    if (current == null || !current.spec().equals(spec)) {
      close();
      current = new Open(spec, Evaluator.of(settings, spec, 1));
      open = current;
    }
    return current.evaluator();
  }

  @Override
  public void close() {
    Open current = open;
    if (current != null) {
      current.evaluator().close();
      open = null;
    }
  }
}
