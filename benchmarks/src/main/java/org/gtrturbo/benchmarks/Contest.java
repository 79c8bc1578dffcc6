package org.gtrturbo.benchmarks;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.SplittableRandom;
import org.gtrturbo.platform.settings.Settings;
import org.gtrturbo.policy.Parameters;
import org.gtrturbo.policy.VisionLanguageModel;

/** This project and its peers at one case, each in a process of its own, measured in turn. */
final class Contest implements AutoCloseable {
  private static final double SPREAD = 0.02;

  private final List<Contestant> contestants = new ArrayList<>();

  /** {@link #begin} makes them. */
  private Contest() {}

  /** Writes what the contestants are to work on into {@code folder}. */
  static void prepare(Path folder, ComparedCase compared, Settings settings) {
    CaseFolder.write(folder, compared, settings, parameters(compared), draws(compared));
  }

  /** As initialised, and a little beside it, so that no part of the model is silent. */
  private static Parameters parameters(ComparedCase compared) {
    float[] values = VisionLanguageModel.initialise(compared.spec(), 0).toArray();
    SplittableRandom random = new SplittableRandom(1);
    long used = VisionLanguageModel.layout(compared.spec()).parameters();
    for (int index = 0; index < used; index++) {
      values[index] += (float) (SPREAD * random.nextGaussian());
    }
    return Parameters.of(VisionLanguageModel.layout(compared.spec()), values);
  }

  private static float[] draws(ComparedCase compared) {
    return new RandomTurns(compared.spec(), 1).draws(compared.texts());
  }

  /**
   * Starts all contestants over a prepared folder.
   *
   * @param kind of work that will be asked for: train or generate
   */
  static Contest begin(
      PeerOptions options, Path folder, ComparedCase compared, int threads, String kind) {
    Contest contest = new Contest();
    try {
      contest.contestants.add(options.own(folder, compared, threads));
      contest.contestants.add(options.pyTorch(folder, threads, PeerOptions.Aim.SPEED, kind));
      if (options.hasLibtorch() && kind.equals("train")) {
        contest.contestants.add(options.libtorch(folder, threads, PeerOptions.Aim.SPEED, kind));
      }
      return contest;
    } catch (RuntimeException failed) {
      contest.close();
      throw failed;
    }
  }

  Contestant own() {
    return contestants.getFirst();
  }

  List<Contestant> peers() {
    return contestants.subList(1, contestants.size());
  }

  /** What one round's answers say, of all contestants in their order. */
  List<JsonNode> round(String command) {
    return contestants.stream().map(contestant -> contestant.ask(command)).toList();
  }

  /**
   * Rounds of {@code command}, one figure of each contestant from each; the first round does not
   * count.
   *
   * @param smallerIsBetter whether the best peer is the one with the smallest figure
   * @return against the best peer
   */
  Ratio compare(
      String name, String of, String command, int rounds, boolean smallerIsBetter, Figure figure) {
    List<List<Double>> figures =
        contestants.stream().<List<Double>>map(_ -> new ArrayList<>()).toList();
    for (int round = -1; round < rounds; round++) {
      List<JsonNode> answers = round(command);
      for (int index = 0; round >= 0 && index < answers.size(); index++) {
        figures.get(index).add(figure.of(answers.get(index)));
      }
    }
    List<Ratio> ratios = new ArrayList<>();
    for (int index = 1; index < contestants.size(); index++) {
      Contestant peer = contestants.get(index);
      String peerName = peer.name() + " (" + peer.way() + ")";
      ratios.add(Ratio.of(name, of, peerName, figures.getFirst(), figures.get(index)));
      System.out.printf(
          "%s: %.3g, %s: %.3g%n",
          contestants.getFirst().name(),
          median(figures.getFirst()),
          peerName,
          median(figures.get(index)));
    }
    Comparator<Ratio> byMedian = Comparator.comparingDouble(Ratio::median);
    return ratios.stream().max(smallerIsBetter ? byMedian : byMedian.reversed()).orElseThrow();
  }

  private static double median(List<Double> figures) {
    double[] sorted = figures.stream().mapToDouble(Double::doubleValue).sorted().toArray();
    return (sorted[(sorted.length - 1) / 2] + sorted[sorted.length / 2]) / 2;
  }

  /** A figure of an answer. */
  interface Figure {
    double of(JsonNode answer);
  }

  @Override
  public void close() {
    contestants.forEach(Contestant::close);
  }
}
