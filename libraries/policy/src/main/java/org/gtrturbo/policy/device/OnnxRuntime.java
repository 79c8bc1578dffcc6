package org.gtrturbo.policy.device;

import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtProvider;
import ai.onnxruntime.OrtSession;
import ai.onnxruntime.providers.OrtCUDAProviderOptions;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.concurrent.CompletableFuture;

/** The process's one ONNX Runtime, started when it is first needed. */
public final class OnnxRuntime {
  /**
   * System property: how the files begin, folder and all, that every session opened from then on
   * leaves a profile in when it is closed. It says of each node where it ran, and for how long.
   */
  public static final String PROFILE_PROPERTY = "gtr.onnx.profile";

  private static final long START_STACK_BYTES = 64L << 20;

  private OnnxRuntime() {}

  public static OrtEnvironment environment() {
    return Started.ENVIRONMENT;
  }

  private static final class Started {
    private static final OrtEnvironment ENVIRONMENT = environmentMadeOnALargeStack();
  }

  /**
   * ONNX Runtime 1.29 goes over the process's command line when it starts, with a depth of stack
   * that grows with its length: a class path written out overruns the usual stack of 1 MiB and ends
   * the process without a word.
   */
  private static OrtEnvironment environmentMadeOnALargeStack() {
    CompletableFuture<OrtEnvironment> made = new CompletableFuture<>();
    Runnable making =
        () -> {
          try {
            made.complete(OrtEnvironment.getEnvironment());
          } catch (Throwable failed) {
            made.completeExceptionally(failed);
          }
        };
    new Thread(null, making, "onnxruntime-start", START_STACK_BYTES).start();
    return made.join();
  }

  /** Of the native library, {@code 1.29.0} say. */
  public static String version() {
    return environment().getVersion();
  }

  /** Whether the native libraries that were loaded can compute on NVIDIA's GPUs at all. */
  static boolean isBuiltForCuda() {
    // Asking needs the libraries, and they load with the environment.
    environment();
    return OrtEnvironment.getAvailableProviders().contains(OrtProvider.CUDA);
  }

  /**
   * Options of a session that computes with {@code compute}; to be closed by the caller.
   *
   * @throws OrtException if the device cannot be used
   */
  public static OrtSession.SessionOptions options(Compute compute) throws OrtException {
    OrtSession.SessionOptions options = new OrtSession.SessionOptions();
    try {
      options.setIntraOpNumThreads(compute.threads());
      options.setInterOpNumThreads(1);
      options.setDeterministicCompute(true);
      // The plan of a large model's memory would be one block beside those of the first run.
      options.setMemoryPatternOptimization(compute.plansMemory());
      for (Map.Entry<String, String> entry : sessionEntries(compute).entrySet()) {
        options.addConfigEntry(entry.getKey(), entry.getValue());
      }
      Optional<String> profile = profile();
      if (profile.isPresent()) {
        options.enableProfiling(profile.get());
      }
      switch (compute.device()) {
        case Device.Cpu _ -> {}
        case Device.Cuda cuda -> {
          try (OrtCUDAProviderOptions provider = new OrtCUDAProviderOptions(cuda.index())) {
            for (Map.Entry<String, String> entry : cudaEntries(cuda).entrySet()) {
              provider.add(entry.getKey(), entry.getValue());
            }
            options.addCUDA(provider);
          }
        }
      }
      return options;
    } catch (OrtException | RuntimeException refused) {
      options.close();
      throw refused;
    }
  }

  /** How the files begin that sessions write a profile of themselves to, where that is wanted. */
  static Optional<String> profile() {
    return Optional.ofNullable(System.getProperty(PROFILE_PROPERTY));
  }

  static Map<String, String> sessionEntries(Compute compute) {
    SequencedMap<String, String> entries = new LinkedHashMap<>();
    // A waiting pool must not burn the cores that actors and learner share.
    entries.put("session.intra_op.allow_spinning", "0");
    // Of its own threads; of those that call it, see TinyNumbers.
    entries.put("session.set_denormal_as_zero", "1");
    if (!compute.unrewritten().isEmpty()) {
      entries.put(
          "optimization.disable_specified_optimizers", String.join(";", compute.unrewritten()));
    }
    return entries;
  }

  static SequencedMap<String, String> cudaEntries(Device.Cuda cuda) {
    SequencedMap<String, String> entries = new LinkedHashMap<>();
    entries.put("device_id", Integer.toString(cuda.index()));
    // Doubling an arena would take twice what a large model needs.
    entries.put("arena_extend_strategy", "kSameAsRequested");
    entries.put("use_tf32", cuda.tf32() ? "1" : "0");
    cuda.memoryLimitBytes().ifPresent(limit -> entries.put("gpu_mem_limit", Long.toString(limit)));
    return entries;
  }
}
