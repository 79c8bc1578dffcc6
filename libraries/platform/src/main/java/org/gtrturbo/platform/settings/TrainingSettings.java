package org.gtrturbo.platform.settings;

import static org.gtrturbo.platform.settings.SettingRules.atLeast;
import static org.gtrturbo.platform.settings.SettingRules.fraction;
import static org.gtrturbo.platform.settings.SettingRules.notNegative;
import static org.gtrturbo.platform.settings.SettingRules.positive;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * How the learner takes its optimizer steps. The defaults are AdamW over all tensors in float32.
 *
 * @param momentum of SGD
 * @param nesterov whether SGD takes Nesterov's step
 * @param groups tensors that are trained otherwise than the rest; see {@link GroupSettings}
 * @param microBatches into how many parts a minibatch is cut whose gradients are added up
 * @param precision what matrices are multiplied in
 * @param lossScale what the loss is multiplied by at first in float16
 * @param lossScaleGrowthSteps after how many steps without an overflow it is doubled; 0 is never
 * @param segments into how many parts the forward pass is cut that are computed again for the
 *     gradient instead of being kept
 */
public record TrainingSettings(
    OptimizerName optimizer,
    double momentum,
    boolean nesterov,
    Optional<String> groups,
    int microBatches,
    Precision precision,
    double lossScale,
    int lossScaleGrowthSteps,
    int segments,
    LoraSettings lora,
    AnnealingSettings annealing) {

  public TrainingSettings {
    fraction("training.momentum", momentum);
    if (nesterov && momentum == 0) {
      throw new SettingException(
          "training.nesterov", "must be false where training.momentum is 0", nesterov);
    }
    groups.ifPresent(text -> GroupSettings.parse("training.groups", text));
    atLeast("training.microBatches", microBatches, 1);
    if (!(lossScale >= 1 && lossScale <= 1 << 24)) {
      throw new SettingException("training.lossScale", "must be in [1, 2^24]", lossScale);
    }
    atLeast("training.lossScaleGrowthSteps", lossScaleGrowthSteps, 0);
    atLeast("training.segments", segments, 1);
  }

  /** The groups that the text names, in its order. */
  public List<GroupSettings> parameterGroups() {
    return groups.map(text -> GroupSettings.parse("training.groups", text)).orElse(List.of());
  }

  public enum OptimizerName {
    ADAMW,
    SGD
  }

  public enum Precision {
    FLOAT32,
    FLOAT16,
    BFLOAT16
  }

  /**
   * Low-rank adapters.
   *
   * @param targets patterns of the matrices that get adapters, with commas between; none trains the
   *     tensors themselves
   * @param whole patterns of tensors that are trained themselves beside the adapters
   */
  public record LoraSettings(
      Optional<String> targets, Optional<String> whole, int rank, double alpha) {
    public LoraSettings {
      atLeast("training.lora.rank", rank, 1);
      positive("training.lora.alpha", alpha);
      targets.ifPresent(text -> patterns("training.lora.targets", text));
      whole.ifPresent(text -> patterns("training.lora.whole", text));
      if (whole.isPresent() && targets.isEmpty()) {
        throw new SettingException(
            "training.lora.whole", "must be none where training.lora.targets is", whole.get());
      }
    }

    public List<String> targetPatterns() {
      return targets.map(text -> patterns("training.lora.targets", text)).orElse(List.of());
    }

    public List<String> wholePatterns() {
      return whole.map(text -> patterns("training.lora.whole", text)).orElse(List.of());
    }
  }

  /**
   * The schedule {@code cosine-annealing}.
   *
   * @param updates over how many the learning rate falls
   * @param leastRate the learning rate that it falls to
   */
  public record AnnealingSettings(int updates, double leastRate) {
    public AnnealingSettings {
      atLeast("training.annealing.updates", updates, 1);
      notNegative("training.annealing.leastRate", leastRate);
    }
  }

  /**
   * Tensors trained otherwise than the rest, written {@code PATTERN rate=FACTOR decay=DECAY} or
   * {@code PATTERN frozen}, several with semicolons between; {@code *} in a pattern stands for
   * anything. A tensor is of the first group that its name fits.
   *
   * @param rate times the learning rate
   * @param decay in the place of {@code learner.weightDecay}
   */
  public record GroupSettings(String pattern, double rate, Optional<Double> decay, boolean frozen) {

    static List<GroupSettings> parse(String setting, String text) {
      List<GroupSettings> groups = new ArrayList<>();
      for (String part : text.split(";", -1)) {
        groups.add(one(setting, part.strip()));
      }
      if (groups.stream().map(GroupSettings::pattern).distinct().count() < groups.size()) {
        throw new SettingException(setting, "must name each pattern once", text);
      }
      return List.copyOf(groups);
    }

    private static GroupSettings one(String setting, String text) {
      String[] words = text.split("\\s+");
      double rate = 1;
      Optional<Double> decay = Optional.empty();
      boolean frozen = false;
      if (text.isEmpty() || words.length < 2) {
        throw malformed(setting, text);
      }
      for (String word : Arrays.asList(words).subList(1, words.length)) {
        if (word.equals("frozen")) {
          frozen = true;
        } else if (word.startsWith("rate=")) {
          rate = number(setting, text, word);
        } else if (word.startsWith("decay=")) {
          decay = Optional.of(number(setting, text, word));
        } else {
          throw malformed(setting, text);
        }
      }
      if (frozen && words.length > 2) {
        throw new SettingException(
            setting, "a frozen group has neither rate nor decay", "'" + text + "'");
      }
      return new GroupSettings(words[0], rate, decay, frozen);
    }

    private static double number(String setting, String text, String word) {
      try {
        double number = Double.parseDouble(word.substring(word.indexOf('=') + 1));
        notNegative(setting, number);
        return number;
      } catch (NumberFormatException e) {
        throw malformed(setting, text);
      }
    }

    private static SettingException malformed(String setting, String text) {
      return new SettingException(
          setting,
          "must read 'PATTERN frozen' or 'PATTERN rate=FACTOR decay=DECAY', several with"
              + " semicolons between",
          "'" + text + "'");
    }
  }

  private static List<String> patterns(String setting, String text) {
    List<String> patterns = Arrays.stream(text.split(",", -1)).map(String::strip).toList();
    if (patterns.stream().anyMatch(pattern -> pattern.isEmpty() || pattern.contains(" "))) {
      throw new SettingException(
          setting, "must be patterns of tensor names with commas between", "'" + text + "'");
    }
    return patterns;
  }
}
