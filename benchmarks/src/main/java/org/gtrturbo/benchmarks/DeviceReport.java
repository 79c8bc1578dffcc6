package org.gtrturbo.benchmarks;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;

/** Collects checks: a line of JSON each as soon as it is known, and a table at the end. */
final class DeviceReport {
  private final Path results;
  private final ObjectMapper json = new ObjectMapper();
  private final List<DeviceCheck> checks = new ArrayList<>();

  DeviceReport(Path results) {
    this.results = results;
  }

  /** Makes a check, and goes on where it breaks. */
  void make(String name, Callable<DeviceCheck> check) {
    DeviceCheck made;
    try {
      made = check.call();
    } catch (Exception | LinkageError broken) {
      made =
          new DeviceCheck(
              name,
              DeviceCheck.Verdict.FAIL,
              new LinkedHashMap<>(),
              broken.toString().lines().findFirst().orElse(""));
    }
    add(made);
  }

  void add(DeviceCheck check) {
    checks.add(check);
    try {
      Files.writeString(
          results,
          json.writeValueAsString(check.line()) + "\n",
          StandardCharsets.UTF_8,
          StandardOpenOption.CREATE,
          StandardOpenOption.APPEND);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot write " + results, e);
    }
    System.out.printf("%-8s %-34s %s%n", check.verdict(), check.name(), check.reason());
    check
        .figures()
        .forEach((figure, value) -> System.out.printf("         %-34s %s%n", figure, text(value)));
  }

  private static String text(Object value) {
    return value instanceof Double number
        ? String.format(Locale.ROOT, Math.abs(number) < 0.01 ? "%.3g" : "%.3f", number)
        : value.toString();
  }

  /** The table, and whether nothing failed. */
  boolean end() {
    System.out.println();
    for (DeviceCheck check : checks) {
      System.out.printf("%-8s %s%n", check.verdict(), check.name());
    }
    long failed =
        checks.stream().filter(check -> check.verdict() == DeviceCheck.Verdict.FAIL).count();
    System.out.println(failed + " of " + checks.size() + " checks failed; lines in " + results);
    return failed == 0;
  }
}
