package org.gtrturbo.merging;

import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

/** A rule's settings as text; {@link RuleReader} reads them back. */
final class RuleWriter {
  static final String SMA = "sma";
  static final String EMA = "ema";
  static final String LINEAR = "linear";

  private final Map<String, String> settings = new TreeMap<>();

  private RuleWriter() {}

  /** What a rule with several checkpoint weightings calls this one. */
  private static String name(Weighting weighting) {
    return switch (weighting) {
      case Weighting.Equal ignored -> SMA;
      case Weighting.Fading ignored -> EMA;
      case Weighting.ByVersion ignored -> LINEAR;
      case Weighting.ByPosition ignored -> LINEAR;
    };
  }

  static RuleWriter of() {
    return new RuleWriter();
  }

  RuleWriter fading(Weighting.Fading fading) {
    settings.put("alpha", Double.toString(fading.alpha()));
    if (fading.warmUp().power() > 0) {
      settings.put("warmUpPower", Double.toString(fading.warmUp().power()));
      settings.put("warmUpGamma", Double.toString(fading.warmUp().gamma()));
    }
    return this;
  }

  RuleWriter weights(Weighting weighting) {
    switch (weighting) {
      case Weighting.ByPosition(var weights) ->
          settings.put(
              "weights", weights.stream().map(String::valueOf).collect(Collectors.joining(",")));
      case Weighting.ByVersion(var weights) ->
          settings.put(
              "weights",
              new TreeMap<>(weights)
                  .entrySet().stream()
                      .map(entry -> entry.getKey() + ":" + entry.getValue())
                      .collect(Collectors.joining(",")));
      case Weighting.Fading fading -> fading(fading);
      case Weighting.Equal ignored -> {}
    }
    return this;
  }

  RuleWriter weighting(Weighting weighting) {
    word("weighting", name(weighting), SMA);
    return weights(weighting);
  }

  RuleWriter trim(Trim trim) {
    return number("density", trim.density())
        .word("trimScope", word(trim.scope()), word(Scope.TENSOR));
  }

  RuleWriter election(Election election) {
    return word("election", word(election), word(Election.WEIGHTED));
  }

  RuleWriter scope(Scope scope) {
    return word("scope", word(scope), word(Scope.TENSOR));
  }

  RuleWriter origin(Slerp.Origin origin) {
    return word("origin", word(origin), word(Slerp.Origin.BASE));
  }

  RuleWriter precision(Precision precision, Precision usual) {
    return word("precision", word(precision), word(usual));
  }

  RuleWriter all(Map<String, String> others) {
    settings.putAll(others);
    return this;
  }

  RuleWriter tensors(TensorPolicy tensors) {
    String tied =
        new TreeMap<>(tensors.tied())
            .entrySet().stream()
                .map(entry -> entry.getKey() + "=" + entry.getValue())
                .collect(Collectors.joining(","));
    return word("exclude", String.join(",", tensors.fromNewest()), "")
        .word("frozen", String.join(",", tensors.fromBase()), "")
        .word("tied", tied, "");
  }

  /** Unless it is what it would be if it were not given. */
  RuleWriter word(String setting, String value, String usual) {
    if (!value.equals(usual)) {
      settings.put(setting, value);
    }
    return this;
  }

  RuleWriter number(String setting, Number value) {
    settings.put(setting, value.toString());
    return this;
  }

  Map<String, String> settings() {
    return Map.copyOf(settings);
  }

  /** How settings write an enum's constant. */
  static String word(Enum<?> constant) {
    return constant.name().toLowerCase(Locale.ROOT).replace('_', '-');
  }
}
