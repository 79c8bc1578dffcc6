package org.gtrturbo.integration;

import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentSkipListMap;
import org.jspecify.annotations.Nullable;
import org.junit.platform.engine.TestExecutionResult;
import org.junit.platform.engine.TestSource;
import org.junit.platform.engine.support.descriptor.ClassSource;
import org.junit.platform.engine.support.descriptor.MethodSource;
import org.junit.platform.launcher.TestExecutionListener;
import org.junit.platform.launcher.TestIdentifier;
import org.junit.platform.launcher.TestPlan;

/** Says at the end of the tests which scenarios ran over what, and why the others did not. */
public final class ScenarioReport implements TestExecutionListener {
  private final Map<String, Tally> tallies = new ConcurrentSkipListMap<>();

  /** What became of the scenarios over one thing. */
  private record Tally(int run, int failed, Optional<String> without) {
    static final Tally NONE = new Tally(0, 0, Optional.empty());

    Tally ended(boolean successful) {
      return new Tally(run + 1, successful ? failed : failed + 1, without);
    }

    Tally because(String reason) {
      return new Tally(run, failed, Optional.of(reason));
    }

    @Override
    public String toString() {
      String ran = failed == 0 ? run + " run" : run + " run, " + failed + " failed";
      return without.map(reason -> run == 0 ? reason : ran + ", " + reason).orElse(ran);
    }
  }

  @Override
  public void executionSkipped(TestIdentifier test, String reason) {
    over(test)
        .ifPresent(
            over -> tallies.compute(over, (_, tally) -> from(tally).because("skipped, " + reason)));
  }

  @Override
  public void executionFinished(TestIdentifier test, TestExecutionResult result) {
    boolean successful = result.getStatus() == TestExecutionResult.Status.SUCCESSFUL;
    over(test)
        .filter(_ -> test.isTest() || !successful)
        .ifPresent(
            over -> tallies.compute(over, (_, tally) -> afterwards(from(tally), test, result)));
  }

  private static Tally afterwards(Tally before, TestIdentifier test, TestExecutionResult result) {
    boolean successful = result.getStatus() == TestExecutionResult.Status.SUCCESSFUL;
    return test.isTest()
        ? before.ended(successful)
        : before.because(
            "failed, " + result.getThrowable().map(Throwable::getMessage).orElse("see the log"));
  }

  @Override
  public void testPlanExecutionFinished(TestPlan plan) {
    tallies.forEach((over, tally) -> System.out.println("scenarios over " + over + ": " + tally));
  }

  private static Tally from(@Nullable Tally tally) {
    return tally == null ? Tally.NONE : tally;
  }

  private static Optional<String> over(TestIdentifier test) {
    return test.getSource()
        .flatMap(ScenarioReport::declaringClass)
        .flatMap(type -> Optional.ofNullable(type.getAnnotation(Over.class)))
        .map(Over::value);
  }

  private static Optional<Class<?>> declaringClass(TestSource source) {
    return switch (source) {
      case ClassSource type -> Optional.of(type.getJavaClass());
      case MethodSource method -> Optional.of(method.getJavaClass());
      default -> Optional.empty();
    };
  }
}
