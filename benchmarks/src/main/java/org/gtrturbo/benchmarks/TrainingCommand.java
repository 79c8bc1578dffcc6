package org.gtrturbo.benchmarks;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

@Command(
    name = "training",
    description = {
      "A training step against PyTorch: the same model, loss, optimizer, weights and inputs, all",
      "contestants in turn. Time a step, and peak memory."
    })
final class TrainingCommand implements Callable<Integer> {
  private static final double SAME_LOSS = 1e-3;

  @Mixin private PeerOptions options = new PeerOptions();

  @Override
  public Integer call() {
    List<Ratio> ratios = new ArrayList<>();
    for (ComparedCase compared : options.cases()) {
      try (TemporaryFolder folder = TemporaryFolder.create()) {
        Contest.prepare(folder.path(), compared, options.settings());
        for (int threads : options.threads()) {
          String name = "training-" + compared.name() + "-" + threads + "-threads";
          System.out.println(name + ", seconds a step");
          ratios.addAll(measure(folder.path(), compared, threads, name));
        }
      }
    }
    ratios.forEach(ratio -> System.out.println(ratio.json()));
    return 0;
  }

  private List<Ratio> measure(Path folder, ComparedCase compared, int threads, String name) {
    try (Contest contest = Contest.begin(options, folder, compared, threads, "train")) {
      checkThatAllDoTheSame(contest.round("train"));
      Ratio time =
          contest.compare(
              name,
              "time a step",
              "train",
              options.rounds(),
              true,
              answer -> answer.path("seconds").asDouble() / compared.steps());
      System.out.println(time.json());
      List<Ratio> ratios = new ArrayList<>(List.of(time));
      for (Contestant peer : contest.peers()) {
        ratios.add(memory(folder, compared, threads, name, peer));
      }
      return ratios;
    }
  }

  /** In new processes: a peer that tried several ways may have needed more for another. */
  private Ratio memory(
      Path folder, ComparedCase compared, int threads, String name, Contestant peer) {
    boolean python = peer.name().startsWith("PyTorch");
    try (Contestant own = options.own(folder, compared, threads);
        Contestant other =
            python
                ? options.pyTorch(folder, threads, PeerOptions.Aim.MEMORY, "train", peer.way())
                : options.libtorch(folder, threads, PeerOptions.Aim.MEMORY, "train", peer.way())) {
      List<Double> figures = new ArrayList<>();
      for (Contestant contestant : List.of(own, other)) {
        for (int round = 0; round < 3; round++) {
          contestant.ask("train");
        }
        figures.add(contestant.ask("memory").path("peakBytes").asDouble());
      }
      System.out.printf(
          "peak MiB: %.0f, %s: %.0f%n",
          figures.get(0) / (1 << 20), peer.name(), figures.get(1) / (1 << 20));
      Ratio ratio =
          Ratio.of(
              name + "-memory",
              "peak resident memory",
              peer.name() + " (" + peer.way() + ")",
              figures.subList(0, 1),
              figures.subList(1, 2));
      System.out.println(ratio.json());
      return ratio;
    }
  }

  private static void checkThatAllDoTheSame(List<JsonNode> answers) {
    double own = answers.getFirst().path("loss").asDouble();
    for (JsonNode answer : answers) {
      double loss = answer.path("loss").asDouble();
      if (!(Math.abs(loss - own) <= SAME_LOSS * Math.max(1, Math.abs(own)))) {
        throw new IllegalStateException(
            "the contestants do not do the same work: their losses are " + own + " and " + loss);
      }
    }
    System.out.println(
        "mean loss of the first steps: "
            + answers.stream().map(answer -> answer.path("loss").asText()).toList());
  }
}
