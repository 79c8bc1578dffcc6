package org.gtrturbo.benchmarks;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.SequencedMap;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;

/** Where the nodes of models ran, read from the profiles that their sessions left. */
record NodePlacement(Map<String, Map<String, Long>> microsecondsByProvider) {
  static final String PROCESSOR = "CPUExecutionProvider";
  static final String GPU = "CUDAExecutionProvider";

  /** Operators that must be where the others are: nearly all of the work is theirs. */
  private static final Set<String> HEAVY =
      Set.of("MatMul", "Gemm", "FusedMatMul", "FusedGemm", "Softmax", "LogSoftmax", "Conv");

  /** Of all profiles in {@code folder}. */
  static NodePlacement read(Path folder) throws IOException {
    Map<String, Map<String, Long>> byProvider = new TreeMap<>();
    try (Stream<Path> profiles = Files.list(folder)) {
      for (Path profile : profiles.filter(file -> file.toString().endsWith(".json")).toList()) {
        for (JsonNode event : new ObjectMapper().readTree(profile.toFile())) {
          String provider = event.path("args").path("provider").asText();
          if (!provider.isEmpty()) {
            byProvider
                .computeIfAbsent(provider, _ -> new TreeMap<>())
                .merge(
                    event.path("args").path("op_name").asText(),
                    event.path("dur").asLong(),
                    Long::sum);
          }
        }
      }
    }
    return new NodePlacement(byProvider);
  }

  /** Whether {@code provider} ran nodes, and no other one heavy ones. */
  DeviceCheck check(String name, String provider) {
    SequencedMap<String, Object> figures = new LinkedHashMap<>();
    Set<String> astray = new TreeSet<>();
    microsecondsByProvider.forEach(
        (where, operators) -> {
          figures.put(
              where + ".milliseconds",
              operators.values().stream().mapToLong(Long::longValue).sum() / 1000);
          if (!where.equals(provider)) {
            figures.put(where + ".operators", operators.keySet().toString());
            operators.keySet().stream().filter(HEAVY::contains).forEach(astray::add);
          }
        });
    return DeviceCheck.of(
        name,
        microsecondsByProvider.containsKey(provider) && astray.isEmpty(),
        figures,
        "nodes did not run on " + provider + ": " + (astray.isEmpty() ? "all" : astray));
  }
}
