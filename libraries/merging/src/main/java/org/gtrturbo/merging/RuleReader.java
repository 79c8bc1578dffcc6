package org.gtrturbo.merging;

import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.stream.Stream;

/** Reads rules from their settings; what it does not know it refuses. */
final class RuleReader {
  private static final Map<String, Function<RuleReader, MergeRule>> RULES =
      new TreeMap<>(
          Map.of(
              "ema", reader -> new Ema(reader.fading(), reader.precision(Precision.FLOAT32)),
              "sma", reader -> new Sma(reader.precision(Precision.FLOAT32)),
              "linear", reader -> new Linear(reader.weights(), reader.precision(Precision.FLOAT32)),
              "frozen", reader -> new Frozen()));

  private final String rule;
  private final Map<String, String> given;
  private final TreeSet<String> known = new TreeSet<>();

  private RuleReader(String rule, Map<String, String> given) {
    this.rule = rule;
    this.given = given;
  }

  static MergeRule read(String name, Map<String, String> settings) {
    Function<RuleReader, MergeRule> kind =
        Optional.ofNullable(RULES.get(name))
            .orElseThrow(
                () ->
                    new IllegalArgumentException(
                        "there is no merge rule " + name + "; there are " + RULES.keySet()));
    var reader = new RuleReader(name, new HashMap<>(settings));
    MergeRule rule = kind.apply(reader);
    reader.refuseOthers();
    return rule;
  }

  private void refuseOthers() {
    given.keySet().stream()
        .filter(setting -> !known.contains(setting))
        .sorted()
        .findFirst()
        .ifPresent(
            setting -> {
              throw new IllegalArgumentException(
                  "rule "
                      + rule
                      + " has no setting "
                      + setting
                      + "; "
                      + (known.isEmpty() ? "it has none" : "it has " + known));
            });
  }

  private Optional<String> text(String setting) {
    known.add(setting);
    return Optional.ofNullable(given.get(setting));
  }

  private Weighting.Fading fading() {
    double alpha = number("alpha").orElse(0.5);
    double power = number("warmUpPower").orElse(0.0);
    Optional<Double> gamma = number("warmUpGamma");
    if (power == 0 && gamma.isPresent()) {
      throw refused("warmUpGamma", gamma.get().toString(), "means nothing without a warmUpPower");
    }
    return new Weighting.Fading(alpha, new Weighting.WarmUp(power, gamma.orElse(1.0)));
  }

  /** Either {@code w₁,w₂,…} by position, or {@code version:w,…}. */
  private Weighting weights() {
    String text =
        text("weights")
            .orElseThrow(
                () ->
                    new IllegalArgumentException(
                        "rule " + rule + " needs weights, such as 1,2,0.5 or 10:1,20:0.5"));
    List<String> entries = Stream.of(text.split(",", -1)).map(String::strip).toList();
    if (entries.stream().noneMatch(entry -> entry.contains(":"))) {
      return new Weighting.ByPosition(
          entries.stream().map(entry -> parse("weights", entry)).toList());
    }
    Map<Long, Double> byVersion = new HashMap<>();
    for (String entry : entries) {
      String[] parts = entry.split(":", -1);
      if (parts.length != 2 || !parts[0].matches("[0-9]{1,18}")) {
        throw refused("weights", text, "must be all numbers or all version:number");
      }
      if (byVersion.put(Long.valueOf(parts[0]), parse("weights", parts[1])) != null) {
        throw refused("weights", text, "names version " + parts[0] + " twice");
      }
    }
    return new Weighting.ByVersion(byVersion);
  }

  private Precision precision(Precision usual) {
    return constant("precision", Precision.class, usual);
  }

  private <E extends Enum<E>> E constant(String setting, Class<E> type, E usual) {
    Optional<String> word = text(setting);
    if (word.isEmpty()) {
      return usual;
    }
    E[] constants = type.getEnumConstants();
    return Arrays.stream(constants)
        .filter(constant -> RuleWriter.word(constant).equals(word.get()))
        .findFirst()
        .orElseThrow(
            () ->
                refused(
                    setting,
                    word.get(),
                    "must be one of " + Arrays.stream(constants).map(RuleWriter::word).toList()));
  }

  private Optional<Double> number(String setting) {
    return text(setting).map(text -> parse(setting, text));
  }

  private double parse(String setting, String text) {
    try {
      return Double.parseDouble(text);
    } catch (NumberFormatException e) {
      throw refused(setting, text, "must be a number");
    }
  }

  private IllegalArgumentException refused(String setting, String value, String reason) {
    return new IllegalArgumentException(
        "rule " + rule + ": " + setting + " " + reason + ", got " + value);
  }
}
