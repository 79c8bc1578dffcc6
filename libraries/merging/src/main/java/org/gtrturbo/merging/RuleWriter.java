package org.gtrturbo.merging;

import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

/** A rule's settings as text; {@link RuleReader} reads them back. */
final class RuleWriter {
  private final Map<String, String> settings = new TreeMap<>();

  private RuleWriter() {}

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

  RuleWriter precision(Precision precision, Precision usual) {
    return word("precision", word(precision), word(usual));
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
