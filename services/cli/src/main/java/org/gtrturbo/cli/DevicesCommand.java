package org.gtrturbo.cli;

import java.util.concurrent.Callable;
import org.gtrturbo.policy.device.CudaInstallation;
import org.gtrturbo.policy.device.Gpu;
import org.gtrturbo.policy.device.OnnxRuntime;
import picocli.CommandLine.Command;

@Command(
    name = "devices",
    description = "Says what models can compute on here, and what is missing for a GPU.")
final class DevicesCommand implements Callable<Integer> {
  private static final long GIBIBYTE = 1L << 30;

  @Override
  public Integer call() {
    System.out.printf("%-10s %s%n", "ONNX", "Runtime " + OnnxRuntime.version());
    System.out.printf(
        "%-10s usable, %d threads%n", "cpu", Runtime.getRuntime().availableProcessors());
    CudaInstallation found = CudaInstallation.find();
    for (Gpu gpu : found.gpus()) {
      System.out.printf(
          "%-10s %s, %s, %d GiB%n",
          "cuda:" + gpu.index(),
          found.missing().isEmpty() ? "usable" : "not usable",
          gpu.name(),
          gpu.memoryBytes() / GIBIBYTE);
    }
    if (found.gpus().isEmpty()) {
      System.out.printf("%-10s not usable%n", "cuda");
    }
    found.missing().forEach(missing -> System.out.printf("%-10s missing: %s%n", "", missing));
    return 0;
  }
}
