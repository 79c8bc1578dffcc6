package org.gtrturbo.policy;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/** A policy small enough for tests, and random things for it to see and say. */
public final class SmallPolicy {
  private SmallPolicy() {}

  public static PolicySpec spec() {
    List<String> words = new ArrayList<>(List.of("<pad>", Vocabulary.ACTION_MARKER));
    for (int number = 0; number < 9; number++) {
      words.add("w" + number);
    }
    return new PolicySpec(
        new PolicySpec.PictureSpec(4, 6, 1, 2, 3),
        new PolicySpec.TextSpec(words, 3, 8),
        new PolicySpec.TransformerSpec(16, 2, 2, 24));
  }

  /** Parameters none of which is zero, so that every path of the model counts. */
  public static Parameters parameters(PolicySpec spec, long seed) {
    Parameters parameters = VisionLanguageModel.initialise(spec, seed);
    SplittableRandom random = new SplittableRandom(seed + 1);
    long used = parameters.layout().parameters();
    for (long index = 0; index < used; index++) {
      parameters.set(index, parameters.get(index) + (float) (0.1 * random.nextGaussian()));
    }
    return parameters;
  }

  public static byte[] picture(PolicySpec spec, SplittableRandom random) {
    byte[] picture = new byte[spec.picture().pixels()];
    random.nextBytes(picture);
    return picture;
  }

  public static int[] words(PolicySpec spec, int length, SplittableRandom random) {
    return random.ints(length, 2, spec.vocabularySize()).toArray();
  }

  public static ObservationBatch observations(PolicySpec spec, int size, SplittableRandom random) {
    ObservationBatch batch = new ObservationBatch(spec, size);
    for (int row = 0; row < size; row++) {
      batch.add(picture(spec, random), words(spec, spec.text().promptTokens(), random));
    }
    return batch;
  }

  public static float[] draws(PolicySpec spec, int size, SplittableRandom random) {
    float[] draws = new float[size * spec.text().generatedTokens()];
    for (int index = 0; index < draws.length; index++) {
      draws[index] = (float) random.nextDouble(0.999);
    }
    return draws;
  }
}
