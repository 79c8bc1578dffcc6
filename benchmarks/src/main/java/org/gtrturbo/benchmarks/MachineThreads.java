package org.gtrturbo.benchmarks;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * CPU time of the Java machine's own threads, which no Java profiler sees, as Linux counts it.
 *
 * @param ticks by thread, in hundredths of a second; empty on other systems than Linux
 */
record MachineThreads(Map<Task, Long> ticks) {
  private static final Path TASKS = Path.of("/proc/self/task");
  private static final double TICKS_PER_SECOND = 100;
  // Of the fields that follow the name in /proc/[pid]/stat, see proc_pid_stat(5).
  private static final int USER_TICKS = 11;
  private static final int SYSTEM_TICKS = 12;

  /** A thread as the system knows it; of its name the first 15 characters. */
  record Task(long id, String name) {}

  /** What a thread of the Java machine does. */
  enum Work {
    COMPILER("compiling Java", "C1 Compiler", "C2 Compiler"),
    COLLECTOR("collecting garbage", "GC Thread", "G1 "),
    MACHINE("the Java machine's other threads", "VM Thread", "VM Periodic", "Service Thread"),
    PROFILER("the profiler", "JFR ");

    private final String label;

    // List.of makes one that cannot change.
    @SuppressWarnings("ImmutableEnumChecker")
    private final List<String> prefixes;

    Work(String label, String... prefixes) {
      this.label = label;
      this.prefixes = List.of(prefixes);
    }

    String label() {
      return label;
    }

    boolean isOf(Task thread) {
      return prefixes.stream().anyMatch(thread.name()::startsWith);
    }
  }

  MachineThreads {
    ticks = Map.copyOf(ticks);
  }

  /** As they stand now. */
  static MachineThreads read() {
    if (!Files.isDirectory(TASKS)) {
      return new MachineThreads(Map.of());
    }
    Map<Task, Long> ticks = new HashMap<>();
    for (Path folder : tasks()) {
      long id = Long.parseLong(folder.getFileName().toString());
      stat(folder).ifPresent(stat -> ticks.put(new Task(id, name(stat)), ticks(stat)));
    }
    return new MachineThreads(ticks);
  }

  /** CPU seconds that the threads of one work have used since {@code before}. */
  double secondsSince(MachineThreads before, Work work) {
    long used = 0;
    for (var thread : ticks.entrySet()) {
      if (work.isOf(thread.getKey())) {
        used += thread.getValue() - before.ticks.getOrDefault(thread.getKey(), 0L);
      }
    }
    return used / TICKS_PER_SECOND;
  }

  static String name(String stat) {
    return stat.substring(stat.indexOf('(') + 1, stat.lastIndexOf(')'));
  }

  static long ticks(String stat) {
    String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1);
    return Long.parseLong(fields[USER_TICKS]) + Long.parseLong(fields[SYSTEM_TICKS]);
  }

  /** Empty where the thread has ended since its folder was listed. */
  private static Optional<String> stat(Path folder) {
    try {
      return Optional.of(Files.readString(folder.resolve("stat")));
    } catch (IOException ended) {
      return Optional.empty();
    }
  }

  private static List<Path> tasks() {
    try (Stream<Path> tasks = Files.list(TASKS)) {
      return tasks.toList();
    } catch (IOException e) {
      throw new UncheckedIOException("cannot list " + TASKS, e);
    }
  }
}
