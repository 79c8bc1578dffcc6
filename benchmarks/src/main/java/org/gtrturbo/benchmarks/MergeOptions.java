package org.gtrturbo.benchmarks;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import picocli.CommandLine.Option;

/** How large the merges are that are measured, and against whom. */
final class MergeOptions {
  /** Where the benchmarks' own files lie; the launcher names it. */
  private static final Path HOME = Path.of(System.getProperty("gtr.benchmarks", "benchmarks"));

  @Option(
      names = "--threads",
      paramLabel = "N",
      split = ",",
      description = "One and two, unless said otherwise.")
  private List<Integer> threads = List.of(1, 2);

  @Option(
      names = "--rounds",
      defaultValue = "9",
      description = "How often everything is measured, in turn; default ${DEFAULT-VALUE}.")
  private int rounds = 9;

  @Option(
      names = "--parameters",
      paramLabel = "N",
      defaultValue = "16777216",
      description = "Parameters of a checkpoint; default ${DEFAULT-VALUE}.")
  private int parameters = 1 << 24;

  @Option(
      names = "--python",
      paramLabel = "FILE",
      defaultValue = "/usr/bin/python3",
      description = "A Python with PyTorch; default ${DEFAULT-VALUE} (python3-torch of Debian).")
  private String python = "/usr/bin/python3";

  List<Integer> threads() {
    return threads;
  }

  int rounds() {
    return rounds;
  }

  int parameters() {
    return parameters;
  }

  /** This project's side over prepared files. */
  Contestant own(MergeCase merged, int threads) {
    List<String> command = PeerOptions.java(System.getProperty("java.class.path"));
    // A merge's own memory is what is compared: no more heap than it needs.
    command.add(1, "-Xmx20m");
    command.remove("-Xmx" + System.getProperty("gtr.benchmarks.heap", "512m"));
    command.add(1, "-Djava.util.concurrent.ForkJoinPool.common.parallelism=" + threads);
    command.add(1, "-XX:ActiveProcessorCount=" + threads);
    command.add(MergeContestant.class.getName());
    command.addAll(merged.arguments());
    command.add(Integer.toString(threads));
    return Contestant.start(command, Map.of());
  }

  /** PyTorch from Python over the same files. */
  Contestant pyTorch(MergeCase merged, int threads, PeerOptions.Aim aim) {
    List<String> command = new ArrayList<>();
    command.add(python);
    command.add(HOME.resolve("peers").resolve("merging.py").toString());
    command.addAll(merged.arguments());
    command.add(Integer.toString(threads));
    Map<String, String> environment = new HashMap<>();
    environment.put("OMP_NUM_THREADS", Integer.toString(threads));
    aim.into(environment);
    OpenBlasCore.named().ifPresent(core -> environment.put(OpenBlasCore.VARIABLE, core));
    return Contestant.start(command, environment);
  }
}
