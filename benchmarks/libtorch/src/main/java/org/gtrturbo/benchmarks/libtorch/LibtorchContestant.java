package org.gtrturbo.benchmarks.libtorch;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.StreamSupport;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.ScalarOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptions;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * Trains the built-in policy with libtorch when told to: it reads a case from a folder, then a
 * command a line from the standard input, and answers each with a line of JSON.
 *
 * <p>All parameters are parts of one vector, so that AdamW takes a handful of operators.
 */
final class LibtorchContestant {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final List<String> WAYS = List.of("explicit", "sdpa");
  private static final int TRIALS = 3;

  private final Path folder;
  private final JsonNode described;
  private final Map<String, Tensor> columns = new HashMap<>();
  private final List<Tensor> minibatches = new ArrayList<>();
  private final Tensor mask;
  private String way = WAYS.getFirst();
  private Tensor flat = new Tensor();
  private Tensor first = new Tensor();
  private Tensor second = new Tensor();
  private int steps;

  private LibtorchContestant(Path folder) throws IOException {
    this.folder = folder;
    this.described = JSON.readTree(folder.resolve("case.json").toFile());
    for (JsonNode column : described.path("columns")) {
      String name = column.path("name").asText();
      columns.put(name, read(name, column.path("kind").asText(), longs(column.path("shape"))));
    }
    for (JsonNode rows : described.path("minibatches")) {
      minibatches.add(torch.tensor(longs(rows)));
    }
    this.mask = mask();
  }

  private Tensor read(String name, String kind, long... shape) throws IOException {
    ScalarType type =
        switch (kind) {
          case "f32" -> ScalarType.Float;
          case "i64" -> ScalarType.Long;
          case "u8" -> ScalarType.Byte;
          default -> throw new IllegalArgumentException(name + " has the unknown kind " + kind);
        };
    byte[] bytes = Files.readAllBytes(folder.resolve(name + "." + kind));
    try (BytePointer pointer = new BytePointer(bytes)) {
      Tensor borrowed =
          torch.from_blob(pointer, new long[] {bytes.length}, new TensorOptions(ScalarType.Byte));
      return borrowed.clone().view(type).reshape(shape);
    }
  }

  private static long[] longs(JsonNode numbers) {
    return StreamSupport.stream(numbers.spliterator(), false).mapToLong(JsonNode::asLong).toArray();
  }

  private Tensor mask() {
    int patches = LibtorchPolicy.patches(described);
    int length =
        patches + described.path("promptTokens").asInt() + described.path("length").asInt() - 1;
    float[] mask = new float[length * length];
    for (int looking = 0; looking < length; looking++) {
      for (int seen = 0; seen < length; seen++) {
        boolean amongPatches = looking < patches && seen < patches;
        mask[looking * length + seen] = seen <= looking || amongPatches ? 0 : -1e9f;
      }
    }
    return torch.tensor(mask).reshape(length, length);
  }

  private void begin(String chosen) throws IOException {
    way = chosen;
    flat = read("parameters", "f32", -1).clone();
    flat.set_requires_grad(true);
    first = torch.zeros_like(flat);
    second = torch.zeros_like(flat);
    steps = 0;
  }

  private Map<String, Tensor> parameters() {
    JsonNode slots = described.path("parameters");
    List<Long> sizes = new ArrayList<>();
    long used = 0;
    for (JsonNode slot : slots) {
      long size = 1;
      for (long dimension : longs(slot.path("shape"))) {
        size *= dimension;
      }
      sizes.add(size);
      used += size;
    }
    if (used < flat.numel()) {
      sizes.add(flat.numel() - used);
    }
    TensorVector parts = flat.split(sizes.stream().mapToLong(Long::longValue).toArray(), 0);
    Map<String, Tensor> named = new LinkedHashMap<>();
    for (int index = 0; index < slots.size(); index++) {
      JsonNode slot = slots.get(index);
      named.put(slot.path("name").asText(), parts.get(index).view(longs(slot.path("shape"))));
    }
    return named;
  }

  private Map<String, Object> train() {
    long since = System.nanoTime();
    double losses = 0;
    for (Tensor chosen : minibatches) {
      try (var _ = new PointerScope()) {
        Map<String, Tensor> rows = new HashMap<>();
        columns.forEach(
            (name, column) -> {
              if (!name.equals("draws")) {
                rows.put(name, column.index_select(0, chosen));
              }
            });
        Tensor loss = new LibtorchPolicy(described, way, parameters(), mask).loss(rows);
        loss.backward();
        update();
        losses += loss.item_float();
      }
    }
    return Map.of(
        "seconds", (System.nanoTime() - since) / 1e9, "loss", losses / minibatches.size());
  }

  /** AdamW with clipping by the whole gradient's norm, in place. */
  private void update() {
    steps++;
    double beta1 = number("beta1");
    double beta2 = number("beta2");
    double rate = number("learningRate");
    try (var _ = new NoGradGuard()) {
      Tensor gradient = flat.mutable_grad();
      Tensor norm = gradient.norm().add(new Scalar(1e-6));
      Tensor shrink = norm.reciprocal().mul(new Scalar(number("maxGradientNorm")));
      gradient.mul_(shrink.clamp(new ScalarOptional(), new ScalarOptional(new Scalar(1.0))));
      first.mul_(new Scalar(beta1)).add_(gradient, new Scalar(1 - beta1));
      second.mul_(new Scalar(beta2)).addcmul_(gradient, gradient, new Scalar(1 - beta2));
      Tensor deviation =
          second
              .sqrt()
              .div_(new Scalar(Math.sqrt(1 - Math.pow(beta2, steps))))
              .add_(new Scalar(number("epsilon")));
      flat.mul_(new Scalar(1 - rate * number("weightDecay")));
      flat.addcdiv_(first, deviation, new Scalar(-rate / (1 - Math.pow(beta1, steps))));
      gradient.zero_();
    }
  }

  private double number(String name) {
    return described.path(name).asDouble();
  }

  private Map<String, Object> memory() throws IOException {
    try (var lines = Files.lines(Path.of("/proc/self/status"))) {
      String peak = lines.filter(line -> line.startsWith("VmHWM:")).findFirst().orElseThrow();
      return Map.of("peakBytes", Long.parseLong(peak.replaceAll("[^0-9]", "")) * 1024);
    }
  }

  private String fastest() throws IOException {
    String best = WAYS.getFirst();
    double least = Double.MAX_VALUE;
    for (String tried : WAYS) {
      begin(tried);
      train();
      for (int trial = 0; trial < TRIALS; trial++) {
        double seconds = (Double) train().getOrDefault("seconds", Double.MAX_VALUE);
        if (seconds < least) {
          least = seconds;
          best = tried;
        }
      }
    }
    return best;
  }

  /**
   * @param arguments the case's folder, threads, the kind of work (train), and a way to do it that
   *     is taken untried
   */
  public static void main(String[] arguments) throws IOException {
    torch.set_num_threads(Integer.parseInt(arguments[1]));
    LibtorchContestant contestant = new LibtorchContestant(Path.of(arguments[0]));
    contestant.begin(arguments.length > 3 ? arguments[3] : contestant.fastest());
    say(Map.of("name", "libtorch 2.13 from Java", "way", contestant.way));
    try (BufferedReader commands =
        new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8))) {
      for (String command = commands.readLine(); command != null; command = commands.readLine()) {
        say(command.strip().equals("memory") ? contestant.memory() : contestant.train());
      }
    }
  }

  private static void say(Map<String, Object> answer) throws IOException {
    System.out.println(JSON.writeValueAsString(answer));
  }
}
