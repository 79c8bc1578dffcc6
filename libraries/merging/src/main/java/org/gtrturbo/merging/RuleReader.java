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
              "window", reader -> new SlidingWindow(reader.whole("length", 10, 1)),
              "ties", RuleReader::ties,
              "incremental-ties",
                  reader ->
                      new IncrementalTies(reader.weighting(), reader.trim(), reader.election()),
              "dare-ties", RuleReader::dareTies,
              "slerp", RuleReader::slerp,
              "post-hoc-ema", RuleReader::postHocEma,
              "frozen", reader -> new Frozen()));

  private static final double DENSITY = 0.8;

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
    TensorPolicy tensors = rule instanceof Frozen ? TensorPolicy.ALL : reader.tensors();
    reader.refuseOthers();
    return tensors.equals(TensorPolicy.ALL) ? rule : new Selective(rule, tensors);
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

  private static MergeRule ties(RuleReader reader) {
    return new Ties(
        reader.weighting(), reader.trim(), reader.election(), reader.precision(Precision.FLOAT64));
  }

  private static MergeRule dareTies(RuleReader reader) {
    return new DareTies(
        reader.weighting(),
        reader.number("density").orElse(DENSITY),
        reader.whole("seed", 0L, Long.MIN_VALUE),
        reader.election(),
        reader.precision(Precision.FLOAT64));
  }

  private static MergeRule slerp(RuleReader reader) {
    return new Slerp(
        reader.weighting(),
        reader.constant("scope", Scope.class, Scope.TENSOR),
        reader.constant("origin", Slerp.Origin.class, Slerp.Origin.BASE));
  }

  private static MergeRule postHocEma(RuleReader reader) {
    return new PostHocEma(
        reader.number("shorter").orElse(0.05),
        reader.number("longer").orElse(0.10),
        reader.constant("guide", PostHocEma.Guide.class, PostHocEma.Guide.LONGER),
        reader.precision(Precision.FLOAT32));
  }

  private Trim trim() {
    return new Trim(
        number("density").orElse(DENSITY), constant("trimScope", Scope.class, Scope.TENSOR));
  }

  private Election election() {
    return constant("election", Election.class, Election.WEIGHTED);
  }

  /** What follows from it says which other settings there are. */
  private Weighting weighting() {
    String name = text("weighting").orElse(RuleWriter.SMA);
    return switch (name) {
      case RuleWriter.SMA -> new Weighting.Equal();
      case RuleWriter.EMA -> fading();
      case RuleWriter.LINEAR -> weights();
      default -> throw refused("weighting", name, "must be one of [sma, ema, linear]");
    };
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

  /** What every rule that merges anything may be told of tensors. */
  private TensorPolicy tensors() {
    Map<String, String> tied = new HashMap<>();
    for (String entry : entries("tied")) {
      String[] parts = entry.split("=", -1);
      if (parts.length != 2 || tied.put(parts[0], parts[1]) != null) {
        throw refused("tied", entry, "must be tensor=other, each tensor once");
      }
    }
    return new TensorPolicy(
        entries("exclude"), entries("frozen"), TensorPolicy.Origin.NEWEST, tied);
  }

  private List<String> entries(String setting) {
    Optional<String> text = text(setting);
    if (text.isEmpty()) {
      return List.of();
    }
    List<String> entries = List.of(text.get().split(",", -1));
    if (entries.contains("")) {
      throw refused(setting, text.get(), "must be names with commas between");
    }
    return entries;
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

  private int whole(String setting, int usual, int least) {
    long value = whole(setting, (long) usual, least);
    if (value > Integer.MAX_VALUE) {
      throw refused(setting, Long.toString(value), "must be at most " + Integer.MAX_VALUE);
    }
    return (int) value;
  }

  private long whole(String setting, long usual, long least) {
    String text = text(setting).orElse(Long.toString(usual));
    long value;
    try {
      value = Long.parseLong(text);
    } catch (NumberFormatException e) {
      throw refused(setting, text, "must be a whole number");
    }
    if (value < least) {
      throw refused(setting, text, "must be at least " + least);
    }
    return value;
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
