package org.gtrturbo.integration;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.TestExecutionExceptionHandler;

/** Adds to a scenario's failure in which files its services have said what. */
final class FailuresNameLogs implements TestExecutionExceptionHandler {
  @Override
  public void handleTestExecutionException(ExtensionContext context, Throwable failure)
      throws Throwable {
    Path logs = ((StreamScenarios) context.getRequiredTestInstance()).logs();
    throw new AssertionError(failure.getMessage() + "\n" + logsIn(logs), failure);
  }

  private static String logsIn(Path folder) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files
          .map(file -> file.toAbsolutePath().toString())
          .sorted()
          .collect(Collectors.joining("\n  ", "the services' logs are\n  ", ""));
    }
  }
}
