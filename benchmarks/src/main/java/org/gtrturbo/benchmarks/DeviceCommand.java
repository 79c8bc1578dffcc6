package org.gtrturbo.benchmarks;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.concurrent.Callable;
import org.gtrturbo.agents.Computing;
import org.gtrturbo.lab.RunSummary;
import org.gtrturbo.platform.settings.DeviceSettings;
import org.gtrturbo.platform.settings.Settings;
import org.gtrturbo.policy.device.Compute;
import org.gtrturbo.policy.device.CudaInstallation;
import org.gtrturbo.policy.device.Device;
import org.gtrturbo.policy.device.DeviceException;
import org.gtrturbo.policy.device.OnnxRuntime;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@Command(
    name = "device",
    description = {
      "Checks a device, and measures it: what it has, where nodes run, how far its results are"
          + " from",
      "the processor's, speed, memory, what crosses the bus, PyTorch beside it, and a short run.",
      "Name it with --set device.learner=cuda --set device.actor=cuda."
    })
final class DeviceCommand implements Callable<Integer> {
  private static final int ROUNDS = 5;

  @Mixin private PeerOptions options = new PeerOptions();

  @Option(
      names = "--out",
      paramLabel = "FOLDER",
      defaultValue = "device-checks",
      description = "Takes results.jsonl, profiles and the run; default ${DEFAULT-VALUE}.")
  private Path out = Path.of("device-checks");

  @Option(
      names = "--peers",
      negatable = true,
      defaultValue = "true",
      fallbackValue = "true",
      description = "Whether PyTorch is measured as well.")
  private boolean peers = true;

  @Option(
      names = "--run-turns",
      defaultValue = "8192",
      description = "Turns of the run at the end; default ${DEFAULT-VALUE}.")
  private long runTurns = 8192;

  @Override
  public Integer call() throws IOException {
    Files.createDirectories(out);
    DeviceReport report = new DeviceReport(out.resolve("results.jsonl"));
    Settings settings = options.settings();
    report.make("installation", () -> installation(settings));
    Optional<Device> device = device(settings);
    if (device.isEmpty()) {
      for (String left : List.of("placement", "parity", "figures", "pytorch", "run")) {
        report.add(DeviceCheck.skipped(left, "the device cannot be used"));
      }
    } else {
      check(report, settings, device.get());
    }
    return report.end() ? 0 : 1;
  }

  private static Optional<Device> device(Settings settings) {
    try {
      return Optional.of(Computing.learner(settings).device());
    } catch (DeviceException e) {
      return Optional.empty();
    }
  }

  private static DeviceCheck installation(Settings settings) {
    SequencedMap<String, Object> figures = new LinkedHashMap<>();
    figures.put("onnxRuntime", OnnxRuntime.version());
    figures.put("java", Runtime.version().toString());
    figures.put("processors", Runtime.getRuntime().availableProcessors());
    if (settings.device().learner() == DeviceSettings.Kind.CPU) {
      return DeviceCheck.of("installation", true, figures, "");
    }
    CudaInstallation found = CudaInstallation.find();
    found.gpus().forEach(gpu -> figures.put("cuda:" + gpu.index(), gpu.toString()));
    int index = settings.device().index();
    return DeviceCheck.of(
        "installation", found.has(index), figures, found.has(index) ? "" : found.whyNot(index));
  }

  private void check(DeviceReport report, Settings settings, Device device) {
    int threads = options.threads().getLast();
    Compute reference = Compute.cpu(threads);
    Compute compute = new Compute(device, threads);
    TrainingWork work = new TrainingWork(settings);
    List<ComparedCase> cases = options.cases();
    report.make("placement", () -> placement(cases.getLast(), work, compute));
    for (ComparedCase each : cases) {
      if (each.spec().transformer().width() <= 128) {
        parity(report, each, work, reference, compute);
      }
    }
    for (ComparedCase each : cases) {
      String name = "figures-" + each.name();
      report.make(name, () -> new DeviceFigures(each, work, compute).training(name));
      String inference = "inference-" + each.name();
      report.make(inference, () -> new DeviceFigures(each, work, compute).inference(inference));
      String beside = "pytorch-" + each.name();
      if (peers) {
        report.make(beside, () -> pyTorch(beside, each, settings, threads));
      } else {
        report.add(DeviceCheck.skipped(beside, "not asked for, or there is no PyTorch"));
      }
    }
    report.make("run", () -> run(settings));
  }

  private static void parity(
      DeviceReport report,
      ComparedCase compared,
      TrainingWork work,
      Compute reference,
      Compute compute) {
    DeviceParity exact = new DeviceParity(compared, work, reference, compute);
    String name = "-" + compared.name();
    report.make(
        "forward" + name, () -> exact.forward("forward" + name, DeviceParity.Tolerance.FLOAT32));
    report.make(
        "training" + name, () -> exact.training("training" + name, DeviceParity.Tolerance.FLOAT32));
    if (!(compute.device() instanceof Device.Cuda cuda)) {
      report.add(DeviceCheck.skipped("tf32" + name, "the processor has no TF32"));
      return;
    }
    Compute rounding =
        new Compute(
            new Device.Cuda(cuda.index(), cuda.memoryLimitBytes(), true), compute.threads());
    DeviceParity rounded = new DeviceParity(compared, work, reference, rounding);
    report.make(
        "tf32-forward" + name,
        () -> rounded.forward("tf32-forward" + name, DeviceParity.Tolerance.TF32));
    report.make(
        "tf32-training" + name,
        () -> rounded.training("tf32-training" + name, DeviceParity.Tolerance.TF32));
  }

  private DeviceCheck placement(ComparedCase compared, TrainingWork work, Compute compute)
      throws IOException {
    Path profiles = Files.createDirectories(out.resolve("profiles"));
    System.setProperty(OnnxRuntime.PROFILE_PROPERTY, profiles.resolve("session").toString());
    try {
      DeviceFigures figures = new DeviceFigures(compared, work, compute);
      figures.training("training");
      figures.inference("inference");
    } finally {
      System.clearProperty(OnnxRuntime.PROFILE_PROPERTY);
    }
    return NodePlacement.read(profiles)
        .check(
            "placement",
            compute.device() instanceof Device.Cuda ? NodePlacement.GPU : NodePlacement.PROCESSOR);
  }

  private DeviceCheck pyTorch(String name, ComparedCase compared, Settings settings, int threads)
      throws IOException {
    try (TemporaryFolder folder = TemporaryFolder.create()) {
      Contest.prepare(folder.path(), compared, settings);
      try (Contestant own = options.own(folder.path(), compared, threads);
          Contestant peer =
              options.pyTorch(folder.path(), threads, PeerOptions.Aim.SPEED, "train")) {
        List<Double> ours = new ArrayList<>();
        List<Double> theirs = new ArrayList<>();
        own.ask("train");
        peer.ask("train");
        for (int round = 0; round < ROUNDS; round++) {
          ours.add(seconds(own.ask("train"), compared));
          theirs.add(seconds(peer.ask("train"), compared));
        }
        SequencedMap<String, Object> figures = new LinkedHashMap<>();
        figures.put("peer", peer.name() + " (" + peer.way() + ")");
        figures.put("secondsPerStep", DeviceFigures.median(ours));
        figures.put("peerSecondsPerStep", DeviceFigures.median(theirs));
        figures.put("timesAsFast", DeviceFigures.median(theirs) / DeviceFigures.median(ours));
        return DeviceCheck.of(name, true, figures, "");
      }
    }
  }

  private static double seconds(JsonNode answer, ComparedCase compared) {
    return answer.path("seconds").asDouble() / compared.steps();
  }

  /** A short run of everything, in a process of its own. */
  private DeviceCheck run(Settings settings) throws IOException, InterruptedException {
    Path runs = Files.createDirectories(out.resolve("runs"));
    List<String> command = PeerOptions.java(System.getProperty("java.class.path"));
    String device = settings.device().learner() == DeviceSettings.Kind.CUDA ? "cuda" : "cpu";
    command.addAll(
        List.of(
            "org.gtrturbo.cli.Main",
            "run",
            "--name",
            "device-check",
            "--runs",
            runs.toString(),
            "--turns",
            Long.toString(runTurns),
            "--set",
            "device.learner=" + device,
            "--set",
            "device.actor=" + device));
    long since = System.nanoTime();
    Process process =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(out.resolve("run.log").toFile())
            .start();
    int exit = process.waitFor();
    SequencedMap<String, Object> figures = new LinkedHashMap<>();
    figures.put("turns", runTurns);
    figures.put("seconds", (System.nanoTime() - since) / 1e9);
    boolean ended =
        exit == 0
            && Files.isRegularFile(runs.resolve("device-check").resolve(RunSummary.FILE_NAME));
    return DeviceCheck.of(
        "run", ended, figures, "it ended with " + exit + "; see " + out.resolve("run.log"));
  }
}
