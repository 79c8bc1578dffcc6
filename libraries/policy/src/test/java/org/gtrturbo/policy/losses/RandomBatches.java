package org.gtrturbo.policy.losses;

import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.stream.IntStream;

/** Minibatches of random numbers that are consistent: distributions sum to one, texts end. */
final class RandomBatches {
  private static final int TURNS = 4;
  private static final int TOKENS = 6;
  private static final int WORDS = 7;
  private static final int FEW = 3;

  private RandomBatches() {}

  static SmallBatch batch(long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    int places = TURNS * TOKENS;
    double[] logits = gaussians(random, places * WORDS, 1);
    double[] teacher = PlainLosses.logSoftmax(gaussians(random, places * WORDS, 1.5), WORDS);
    double[] policy = PlainLosses.logSoftmax(logits, WORDS);
    double[] tokens = random.ints(places, 0, WORDS).asDoubleStream().toArray();
    double[] thought = new double[places];
    double[] action = new double[places];
    for (int turn = 0; turn < TURNS; turn++) {
      int length = 3 + random.nextInt(TOKENS - 2);
      for (int token = 0; token < length; token++) {
        (token < length - 2 ? thought : action)[turn * TOKENS + token] = 1;
      }
    }
    Map<String, double[]> numbers = new LinkedHashMap<>();
    numbers.put("logits", logits);
    numbers.put("value", gaussians(random, TURNS, 1));
    numbers.put("tokens", tokens);
    numbers.put("thought", thought);
    numbers.put("action", action);
    numbers.put("behaviour", near(chosen(policy, tokens), random, 0.4));
    numbers.put("proximal", near(chosen(policy, tokens), random, 0.2));
    numbers.put("advantage", gaussians(random, TURNS, 1));
    numbers.put("valueTarget", gaussians(random, TURNS, 1));
    numbers.put("valueBefore", gaussians(random, TURNS, 1));
    numbers.put("teacherLogProbs", chosen(teacher, tokens));
    numbers.put("teacherTop", teacher);
    addFew(teacher, numbers);
    return new SmallBatch(TURNS, TOKENS, WORDS, FEW, numbers);
  }

  private static void addFew(double[] teacher, Map<String, double[]> numbers) {
    int places = TURNS * TOKENS;
    double[] few = new double[places * FEW];
    double[] fewTokens = new double[places * FEW];
    for (int place = 0; place < places; place++) {
      int start = place * WORDS;
      int[] order =
          IntStream.range(0, WORDS)
              .boxed()
              .sorted(Comparator.comparingDouble(word -> -teacher[start + word]))
              .mapToInt(Integer::intValue)
              .toArray();
      for (int rank = 0; rank < FEW; rank++) {
        few[place * FEW + rank] = teacher[start + order[rank]];
        fewTokens[place * FEW + rank] = order[rank];
      }
    }
    numbers.put("teacherFew", few);
    numbers.put("teacherFewTokens", fewTokens);
  }

  private static double[] chosen(double[] distributions, double[] tokens) {
    double[] chosen = new double[tokens.length];
    Arrays.setAll(chosen, place -> distributions[place * WORDS + (int) tokens[place]]);
    return chosen;
  }

  private static double[] near(double[] logProbs, SplittableRandom random, double deviation) {
    return Arrays.stream(logProbs).map(each -> each + deviation * random.nextGaussian()).toArray();
  }

  private static double[] gaussians(SplittableRandom random, int size, double deviation) {
    double[] gaussians = new double[size];
    Arrays.setAll(gaussians, _ -> deviation * random.nextGaussian());
    return gaussians;
  }
}
