package org.gtrturbo.benchmarks;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.gtrturbo.platform.settings.DeviceSettings;
import org.gtrturbo.platform.settings.Settings;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** What is compared with whom. */
final class PeerOptions {
  /** Where the benchmarks' own files lie; the launcher names it. */
  private static final Path HOME = Path.of(System.getProperty("gtr.benchmarks", "benchmarks"));

  @Mixin private MeasuredSettings settings = new MeasuredSettings();

  @Option(
      names = "--case",
      paramLabel = "NAME",
      split = ",",
      description = "wide, default or tiny; without, all of them.")
  private List<String> cases = ComparedCase.NAMES;

  @Option(
      names = "--threads",
      paramLabel = "N",
      split = ",",
      description = "One and two, unless said otherwise.")
  private List<Integer> threads = List.of(1, 2);

  @Option(
      names = "--rounds",
      defaultValue = "9",
      description = "How often every contestant is measured, in turn; default ${DEFAULT-VALUE}.")
  private int rounds = 9;

  @Option(
      names = "--python",
      paramLabel = "FILE",
      defaultValue = "/usr/bin/python3",
      description = "A Python with PyTorch; default ${DEFAULT-VALUE} (python3-torch of Debian).")
  private String python = "/usr/bin/python3";

  Settings settings() {
    return settings.over();
  }

  List<ComparedCase> cases() {
    Settings read = settings();
    return cases.stream().map(name -> ComparedCase.named(name, read)).toList();
  }

  List<Integer> threads() {
    return threads;
  }

  int rounds() {
    return rounds;
  }

  /** What a peer is started to be measured for, and so how the C library keeps memory for it. */
  enum Aim {
    /** As fast as it gets: it keeps whatever was given back, small or large. */
    SPEED(
        "glibc.malloc.tcache_count=1000:glibc.malloc.mmap_threshold=1073741824"
            + ":glibc.malloc.trim_threshold=2147483648"),
    /** As small as it gets: as the C library does it unasked. */
    MEMORY("");

    static final String VARIABLE = "GLIBC_TUNABLES";

    private final String tunables;

    Aim(String tunables) {
      this.tunables = tunables;
    }

    /** Instead of this project's own, which it inherits otherwise. */
    void into(Map<String, String> environment) {
      environment.put(VARIABLE, tunables);
    }
  }

  /** This project's side over the case in {@code folder}. */
  Contestant own(Path folder, ComparedCase compared, int threads) {
    List<String> command = java(System.getProperty("java.class.path"));
    command.add(OwnContestant.class.getName());
    command.addAll(List.of(folder.toString(), compared.name(), Integer.toString(threads)));
    command.addAll(settings.arguments());
    return Contestant.start(command, Map.of());
  }

  /**
   * PyTorch from Python.
   *
   * @param aim what it will be measured for
   * @param way how it is to do the work; without, it tries them all
   */
  Contestant pyTorch(Path folder, int threads, Aim aim, String kind, String... way) {
    List<String> command = new ArrayList<>();
    command.add(python);
    command.add(HOME.resolve("peers").resolve("pytorch.py").toString());
    command.addAll(List.of(folder.toString(), Integer.toString(threads), kind));
    command.addAll(List.of(way));
    Map<String, String> environment = threading(threads);
    aim.into(environment);
    OpenBlasCore.named().ifPresent(core -> environment.put(OpenBlasCore.VARIABLE, core));
    DeviceSettings device = settings().device();
    if (device.learner() == DeviceSettings.Kind.CUDA) {
      environment.put("GTR_PEER_DEVICE", "cuda:" + device.index());
      boolean rounded = device.matrixProducts() == DeviceSettings.MatrixProducts.TF32;
      environment.put("GTR_PEER_TF32", rounded ? "1" : "0");
    }
    return Contestant.start(command, environment);
  }

  /** Whether libtorch's peer is built. */
  boolean hasLibtorch() {
    return Files.isDirectory(libtorchFolder());
  }

  /** Libtorch from Java. */
  Contestant libtorch(Path folder, int threads, Aim aim, String kind, String... way) {
    List<String> command = java(libtorchFolder().resolve("*").toString());
    command.add("org.gtrturbo.benchmarks.libtorch.LibtorchContestant");
    command.addAll(List.of(folder.toString(), Integer.toString(threads), kind));
    command.addAll(List.of(way));
    Map<String, String> environment = threading(threads);
    aim.into(environment);
    return Contestant.start(command, environment);
  }

  private static Path libtorchFolder() {
    return HOME.resolve("libtorch").resolve("target").resolve("lib");
  }

  /**
   * Two pools of threads that both spin while they wait, OpenMP's and OpenBLAS's, take the cores
   * from each other: torch is twice as fast when they sleep.
   */
  private static Map<String, String> threading(int threads) {
    Map<String, String> variables = new HashMap<>();
    variables.put("OMP_WAIT_POLICY", "passive");
    variables.put("OMP_NUM_THREADS", Integer.toString(threads));
    variables.put("OPENBLAS_NUM_THREADS", Integer.toString(threads));
    return variables;
  }

  static List<String> java(String classPath) {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.add("-XX:+UseSerialGC");
    command.add("-Xmx" + System.getProperty("gtr.benchmarks.heap", "512m"));
    command.add("--enable-native-access=ALL-UNNAMED");
    command.add("--sun-misc-unsafe-memory-access=allow");
    Optional.ofNullable(System.getProperty("onnxruntime.native.path"))
        .ifPresent(folder -> command.add("-Donnxruntime.native.path=" + folder));
    command.addAll(List.of("-cp", classPath));
    return command;
  }
}
