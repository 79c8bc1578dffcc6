package org.gtrturbo.benchmarks;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

@Command(
    name = "generation",
    description = {
      "Generation against PyTorch: the same weights, observations and draws, a key-value cache on",
      "both sides, in turn. Tokens a second."
    })
final class GenerationCommand implements Callable<Integer> {
  private static final double SAME_TEXTS = 0.9;

  @Mixin private PeerOptions options = new PeerOptions();

  @Override
  public Integer call() {
    List<Ratio> ratios = new ArrayList<>();
    for (ComparedCase compared : options.cases()) {
      try (TemporaryFolder folder = TemporaryFolder.create()) {
        Contest.prepare(folder.path(), compared, options.settings());
        for (int threads : options.threads()) {
          String name = "generation-" + compared.name() + "-" + threads + "-threads";
          System.out.println(name + ", tokens a second");
          try (Contest contest =
              Contest.begin(options, folder.path(), compared, threads, "generate")) {
            checkThatAllWriteTheSame(contest.round("generate"));
            Ratio ratio =
                contest.compare(
                    name,
                    "tokens a second",
                    "generate",
                    options.rounds(),
                    false,
                    answer -> answer.path("tokens").asDouble() / answer.path("seconds").asDouble());
            System.out.println(ratio.json());
            ratios.add(ratio);
          }
        }
      }
    }
    ratios.forEach(ratio -> System.out.println(ratio.json()));
    return 0;
  }

  /** A draw that falls between two words may go either way and change the rest of its text. */
  private static void checkThatAllWriteTheSame(List<JsonNode> answers) {
    JsonNode own = answers.getFirst().path("texts");
    for (JsonNode answer : answers) {
      int same = 0;
      for (int text = 0; text < own.size(); text++) {
        same += sameStart(own.get(text), answer.path("texts").path(text)) ? 1 : 0;
      }
      if (same < SAME_TEXTS * own.size()) {
        throw new IllegalStateException(
            "the contestants do not write the same: of "
                + own.size()
                + " texts only "
                + same
                + " are equal");
      }
    }
  }

  private static boolean sameStart(JsonNode own, JsonNode other) {
    for (int place = 0; place < own.size(); place++) {
      if (own.get(place).asInt() != other.path(place).asInt(-1)) {
        return false;
      }
    }
    return true;
  }
}
