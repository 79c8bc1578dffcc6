package org.gtrturbo.policy.device;

import java.lang.foreign.Arena;
import java.lang.foreign.SymbolLookup;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * What this machine and this process have of what computing on an NVIDIA GPU needs.
 *
 * @param gpus that the driver has
 * @param missing a sentence for each thing that is not there, and how to get it; empty where all is
 */
public record CudaInstallation(List<Gpu> gpus, List<String> missing) {
  private static final int OLDEST_CUDA_13_DRIVER = 580;
  private static final int OLDEST_CUDA_12_DRIVER = 525;

  public CudaInstallation {
    gpus = List.copyOf(gpus);
    missing = List.copyOf(missing);
  }

  /** Looks now. */
  public static CudaInstallation find() {
    return find(OnnxRuntime.isBuiltForCuda(), NativeFolder.configured());
  }

  static CudaInstallation find(boolean builtForCuda, Optional<NativeFolder> folder) {
    List<String> missing = new ArrayList<>();
    if (!builtForCuda) {
      missing.add(
          "ONNX Runtime for CUDA: the native libraries that are loaded compute on the processor"
              + " only. Build others with mvn -Pcuda13 package (or -Pcuda12, for CUDA 12), and"
              + " start with GTR_NATIVES=cuda13 (or cuda12)");
    }
    folder.ifPresent(
        natives ->
            natives.libraries().stream()
                .filter(library -> !isThere(library))
                .forEach(library -> missing.add(library + ": " + source(library, natives.cuda()))));
    return drivers(folder.map(NativeFolder::cuda), missing);
  }

  private static CudaInstallation drivers(Optional<Integer> cuda, List<String> missing) {
    if (!isThere(CudaDriver.FILE)) {
      missing.add(
          CudaDriver.FILE
              + ": NVIDIA's driver. Install the driver ("
              + cuda.map(major -> major >= 13 ? OLDEST_CUDA_13_DRIVER : OLDEST_CUDA_12_DRIVER)
                  .orElse(OLDEST_CUDA_12_DRIVER)
              + " or newer); in a container, run it with the NVIDIA container toolkit (--gpus"
              + " all)");
      return new CudaInstallation(List.of(), missing);
    }
    try {
      CudaDriver.Standing standing = CudaDriver.load().standing();
      cuda.filter(major -> standing.cuda() < major * 1000)
          .ifPresent(
              major ->
                  missing.add(
                      "a driver for CUDA "
                          + major
                          + ": the one installed runs CUDA "
                          + standing.cuda() / 1000
                          + "."
                          + standing.cuda() % 1000 / 10
                          + " at most. Update it, or build with -Pcuda"
                          + standing.cuda() / 1000));
      if (standing.gpus().isEmpty()) {
        missing.add("a GPU: the driver has none. See what nvidia-smi lists");
      }
      return new CudaInstallation(standing.gpus(), missing);
    } catch (DeviceException broken) {
      missing.add("a driver that works: " + broken.getMessage() + ". See what nvidia-smi says");
      return new CudaInstallation(List.of(), missing);
    }
  }

  private static boolean isThere(String library) {
    try {
      SymbolLookup _ = SymbolLookup.libraryLookup(library, Arena.global());
      return true;
    } catch (IllegalArgumentException notFound) {
      return false;
    }
  }

  private static String source(String library, int cuda) {
    String from =
        library.startsWith("libcudnn")
            ? "cuDNN 9 for CUDA " + cuda
            : library.startsWith("libcublas")
                ? "cuBLAS of CUDA " + cuda
                : library.startsWith("libcudart")
                    ? "the runtime of CUDA " + cuda
                    : "of CUDA " + cuda;
    return from
        + ". Install it, or name the folder that has it in GTR_CUDA_PATH (several with : between)";
  }

  /** Whether GPU {@code index} can be computed on. */
  public boolean has(int index) {
    return missing.isEmpty() && index < gpus.size();
  }

  /** Why GPU {@code index} cannot be computed on, as sentences for a user. */
  public String whyNot(int index) {
    if (!missing.isEmpty()) {
      return "cuda:" + index + " cannot be used. Missing: " + String.join("; ", missing);
    }
    return "cuda:"
        + index
        + " cannot be used. The driver has "
        + gpus.size()
        + ", the first of which is number 0: "
        + gpus;
  }
}
