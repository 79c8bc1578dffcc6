package org.gtrturbo.benchmarks;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import org.gtrturbo.agents.Computing;
import org.gtrturbo.platform.settings.Settings;
import org.gtrturbo.platform.settings.SettingsReader;
import org.gtrturbo.policy.Generation;
import org.gtrturbo.policy.Generator;
import org.gtrturbo.policy.ObservationBatch;
import org.gtrturbo.policy.ParameterLayout;
import org.gtrturbo.policy.Parameters;
import org.gtrturbo.policy.PolicySpec;
import org.gtrturbo.policy.Sampling;
import org.gtrturbo.policy.VisionLanguageModel;
import org.gtrturbo.policy.device.Compute;
import org.gtrturbo.policy.device.Device;
import org.gtrturbo.policy.training.AdamW;
import org.gtrturbo.policy.training.PpoTrainer;
import org.gtrturbo.policy.training.TrainingRuntime;
import org.gtrturbo.policy.training.TrainingState;
import org.gtrturbo.policy.training.TrainingTurn;

/**
 * This project's side of a comparison, in a process of its own as its peers are, so that memory
 * compares as well. It speaks as they do: a command a line on the standard input, each answered by
 * a line of JSON.
 */
final class OwnContestant implements AutoCloseable {
  private static final double NO_LIMIT = 1e30;

  private final Path folder;
  private final ComparedCase compared;
  private final TrainingWork work;
  private final int threads;
  private final List<TrainingTurn> turns;
  private final PolicySpec spec;
  private final Parameters parameters;
  private final PpoTrainer trainer;
  private final Generator generator;
  private final List<Part> parts;
  private TrainingState state;

  /**
   * Observations that one thread writes texts for.
   *
   * @param draws (N × G), as {@link Generator#generate} takes them
   */
  private record Part(ObservationBatch observations, float[] draws) {}

  private OwnContestant(Path folder, ComparedCase compared, Settings settings, int threads)
      throws IOException {
    this.folder = folder;
    this.compared = compared;
    this.work = new TrainingWork(settings);
    this.threads = threads;
    this.turns = compared.turns();
    this.spec = compared.spec();
    ParameterLayout layout = VisionLanguageModel.layout(spec);
    this.parameters = Parameters.of(layout, floats("parameters"));
    this.trainer = trainer(work.optimizer());
    Device device = Computing.actor(settings).device();
    boolean isSideBySide = device instanceof Device.Cpu;
    this.generator = new Generator(spec, new Compute(device, isSideBySide ? 1 : threads));
    this.parts = parts(isSideBySide ? threads : 1, floats("draws"));
    this.state = TrainingState.starting(parameters);
  }

  /** As an actor's threads share the work on a processor: each writes texts of its own. */
  private List<Part> parts(int count, float[] draws) {
    int most = spec.text().generatedTokens();
    int texts = compared.texts();
    return IntStream.range(0, count)
        .mapToObj(
            part -> {
              int from = texts * part / count;
              int to = texts * (part + 1) / count;
              return new Part(
                  new RandomTurns(spec, 0).observations(turns.subList(from, to)),
                  Arrays.copyOfRange(draws, from * most, to * most));
            })
        .toList();
  }

  private PpoTrainer trainer(AdamW optimizer) {
    Compute compute = new Compute(Computing.learner(work.settings()).device(), threads);
    return new PpoTrainer(
        spec, work.loss(spec), compared.minibatch(), optimizer, TrainingRuntime.on(compute));
  }

  private float[] floats(String name) throws IOException {
    ByteBuffer bytes =
        ByteBuffer.wrap(Files.readAllBytes(folder.resolve(name + ".f32")))
            .order(ByteOrder.LITTLE_ENDIAN);
    float[] numbers = new float[bytes.remaining() / Float.BYTES];
    bytes.asFloatBuffer().get(numbers);
    return numbers;
  }

  private Map<String, Object> answer(String command) throws IOException {
    return switch (command) {
      case "train" -> train();
      case "generate" -> generate();
      case "gradient" -> gradient();
      case "memory" -> Map.of("peakBytes", PeakMemory.bytes());
      default -> throw new IllegalArgumentException("there is no command " + command);
    };
  }

  private Map<String, Object> train() {
    long since = System.nanoTime();
    var update =
        trainer.update(state, turns, compared.minibatches(), work.coefficients(compared.steps()));
    state = update.state();
    return Map.of(
        "seconds", seconds(since), "loss", update.report().getOrDefault("loss", Double.NaN));
  }

  private Map<String, Object> generate() {
    long since = System.nanoTime();
    Sampling sampling = Sampling.at(work.settings().actor().temperature());
    List<int[]> texts =
        parts.parallelStream()
            .map(part -> lastBatch(part, sampling))
            .flatMap(written -> Arrays.stream(written.tokens()))
            .toList();
    double seconds = seconds(since);
    int tokens = ComparedCase.BATCHES * texts.stream().mapToInt(text -> text.length).sum();
    return Map.of("seconds", seconds, "tokens", tokens, "texts", texts);
  }

  /** All batches are the same, so the last one tells what each of them was. */
  private Generation lastBatch(Part part, Sampling sampling) {
    return IntStream.range(0, ComparedCase.BATCHES)
        .mapToObj(_ -> generator.generate(parameters, part.observations(), sampling, part.draws()))
        .reduce((_, later) -> later)
        .orElseThrow();
  }

  /**
   * Of the first minibatch's loss: with β₁ = 0 and no clipping the first moment after one step is
   * the gradient.
   */
  private Map<String, Object> gradient() throws IOException {
    AdamW plain = new AdamW(0, 0, 1, 0, NO_LIMIT);
    try (PpoTrainer once = trainer(plain)) {
      var update =
          once.update(
              TrainingState.starting(parameters),
              turns,
              new int[][] {compared.minibatches()[0]},
              work.coefficients(1));
      byte[] gradient = new byte[Math.toIntExact(parameters.values().byteSize())];
      update.state().groups().getFirst().kept().getFirst().buffer().get(gradient);
      Files.write(folder.resolve("gradient.f32"), gradient);
      return Map.of("loss", update.report().getOrDefault("loss", Double.NaN));
    }
  }

  private static double seconds(long since) {
    return (System.nanoTime() - since) / 1e9;
  }

  @Override
  public void close() {
    trainer.close();
    generator.close();
  }

  /**
   * @param arguments the case's folder, its name, threads, the environment, and settings
   */
  public static void main(String[] arguments) throws IOException {
    List<String> given = List.of(arguments);
    Settings settings =
        SettingsReader.read(
            Optional.empty(), Optional.of(given.get(3)), given.subList(4, given.size()));
    ObjectMapper json = new ObjectMapper();
    try (OwnContestant own =
            new OwnContestant(
                Path.of(given.get(0)),
                ComparedCase.named(given.get(1), settings),
                settings,
                Integer.parseInt(given.get(2)));
        BufferedReader commands =
            new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8))) {
      System.out.println(json.writeValueAsString(Map.of("name", "GTR-Turbo Streams", "way", "")));
      for (String command = commands.readLine(); command != null; command = commands.readLine()) {
        System.out.println(json.writeValueAsString(own.answer(command.strip())));
      }
    }
  }
}
