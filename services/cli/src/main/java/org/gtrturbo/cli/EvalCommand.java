package org.gtrturbo.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.gtrturbo.agents.PolicyOrigin;
import org.gtrturbo.environments.Environments;
import org.gtrturbo.environments.Rendering;
import org.gtrturbo.lab.Evaluator;
import org.gtrturbo.lab.Score;
import org.gtrturbo.policy.PolicyFile;
import org.gtrturbo.policy.Sampling;
import org.gtrturbo.policy.files.UnreadableTensorsException;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

@Command(
    name = "eval",
    description = "Plays episodes with an exported policy or teacher and prints its success.")
final class EvalCommand implements Callable<Integer> {
  private static final double USUAL_NOISE = 0.15;

  @Parameters(
      paramLabel = "MODEL.onnx",
      description = "A policy.onnx or teacher.onnx of a run, or what gtr export has written.")
  private Path model = Path.of("policy.onnx");

  @Option(names = "--env", paramLabel = "NAME", description = "Default: what it was trained on.")
  private @Nullable String environment;

  @Option(
      names = "--episodes",
      paramLabel = "N",
      defaultValue = "1000",
      description = "Default ${DEFAULT-VALUE}.")
  private int episodes = 1000;

  @Option(
      names = "--seed",
      paramLabel = "N",
      defaultValue = "1",
      description = "Of hands and draws; default ${DEFAULT-VALUE}.")
  private long seed = 1;

  @Option(
      names = "--temperature",
      paramLabel = "T",
      defaultValue = "1",
      description = "Of sampling; default ${DEFAULT-VALUE}.")
  private double temperature = 1;

  @Spec private CommandSpec spec = CommandSpec.create();

  @Override
  public Integer call() {
    PolicyFile policy;
    try {
      policy = PolicyFile.read(model);
    } catch (UnreadableTensorsException named) {
      throw new UsageException(String.valueOf(named.getMessage()));
    } catch (IllegalArgumentException wrong) {
      throw new UsageException(model + ": " + wrong.getMessage());
    } catch (NoSuchFileException missing) {
      throw new UsageException("there is no file " + missing.getFile());
    } catch (IOException failed) {
      throw new UncheckedIOException("cannot read " + model, failed);
    }
    String name =
        Optional.ofNullable(environment)
            .or(() -> PolicyOrigin.environment(policy.metadata()))
            .orElseThrow(
                () ->
                    new UsageException(model + " does not say what it was trained on; give --env"));
    double noise = PolicyOrigin.imageNoise(policy.metadata()).orElse(USUAL_NOISE);
    requireFit(policy, name);
    int threads = Math.max(1, Runtime.getRuntime().availableProcessors());
    try (Evaluator evaluator =
        new Evaluator(
            policy.spec(), () -> Environments.named(name, Rendering.SMALL, noise), seed, threads)) {
      PrintWriter out = spec.commandLine().getOut();
      print(
          out,
          "sampled",
          evaluator.evaluate(policy.parameters(), Sampling.at(temperature), episodes));
      print(out, "greedy", evaluator.evaluate(policy.parameters(), Sampling.GREEDY, episodes));
    }
    return 0;
  }

  private void requireFit(PolicyFile policy, String name) {
    var picture = Environments.named(name, Rendering.SMALL, 0).spec().picture();
    var seen = policy.spec().picture();
    if (picture.width() != seen.width() || picture.height() != seen.height()) {
      throw new UsageException(
          model
              + " sees pictures of "
              + seen.width()
              + " × "
              + seen.height()
              + " pixels, those of "
              + name
              + " have "
              + picture.width()
              + " × "
              + picture.height());
    }
  }

  private static void print(PrintWriter out, String how, Score score) {
    var success = score.success();
    var bounds = success.bounds().orElseThrow();
    out.printf(
        Locale.ROOT,
        "%-8s success %5.1f %% [%.1f, %.1f] of %,d episodes, return %.2f, formatted %.1f %%%n",
        how,
        100 * success.value(),
        100 * bounds.lower(),
        100 * bounds.upper(),
        score.episodes(),
        score.meanReturn(),
        100 * score.formattedRate());
  }
}
