package org.gtrturbo.platform.settings;

import java.lang.reflect.RecordComponent;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.SequencedMap;

/**
 * What one setting can hold, read off the record component that it ends up in, and how its values
 * are written.
 *
 * @param name full name, {@code learner.epochs} say
 */
record SettingType(String name, Class<?> type) {
  /** Written where an optional setting is left out. */
  static final String NONE = "none";

  /** Every setting by its full name, in the order of the records. */
  static final SequencedMap<String, SettingType> ALL = all();

  private static SequencedMap<String, SettingType> all() {
    var types = new LinkedHashMap<String, SettingType>();
    collect("", Settings.class, types);
    return types;
  }

  private static void collect(
      String prefix, Class<?> section, SequencedMap<String, SettingType> into) {
    for (RecordComponent component : section.getRecordComponents()) {
      String name = prefix + component.getName();
      if (component.getType().isRecord()) {
        collect(name + ".", component.getType(), into);
      } else {
        into.put(name, new SettingType(name, component.getType()));
      }
    }
  }

  static boolean isSection(String name) {
    return ALL.keySet().stream().anyMatch(setting -> setting.startsWith(name + "."));
  }

  /**
   * The value that a text stands for.
   *
   * @throws SettingException if the text is no value of this type
   */
  Object parse(String text) {
    if (type == int.class) {
      return Math.toIntExact(whole(text, Integer.MIN_VALUE, Integer.MAX_VALUE));
    } else if (type == long.class) {
      return whole(text, Long.MIN_VALUE, Long.MAX_VALUE);
    } else if (type == boolean.class) {
      return truth(text);
    } else if (type == double.class) {
      return number(text);
    } else if (type == Optional.class) {
      return text.isEmpty() || text.equals(NONE) ? Optional.empty() : Optional.of(text);
    } else if (type.isEnum()) {
      return constant(text);
    }
    return text;
  }

  /** The canonical text of a value. */
  String write(Object value) {
    return switch (value) {
      case Enum<?> constant -> kebabCase(constant);
      case Optional<?> optional -> optional.map(Object::toString).orElse(NONE);
      default -> value.toString();
    };
  }

  private long whole(String text, long least, long most) {
    try {
      long value = Long.parseLong(text.replaceAll("(?<=\\d)_(?=\\d)", ""));
      if (value >= least && value <= most) {
        return value;
      }
    } catch (NumberFormatException e) {
      throw new SettingException(name, "must be a whole number", quoted(text));
    }
    throw new SettingException(name, "must be in [" + least + ", " + most + "]", text);
  }

  private double number(String text) {
    try {
      return Double.parseDouble(text.replaceAll("(?<=\\d)_(?=\\d)", ""));
    } catch (NumberFormatException e) {
      throw new SettingException(name, "must be a number", quoted(text));
    }
  }

  private boolean truth(String text) {
    return switch (text) {
      case "true" -> true;
      case "false" -> false;
      default -> throw new SettingException(name, "must be true or false", quoted(text));
    };
  }

  private Object constant(String text) {
    List<Object> constants = Arrays.asList((Object[]) type.getEnumConstants());
    return constants.stream()
        .filter(constant -> kebabCase((Enum<?>) constant).equals(text))
        .findFirst()
        .orElseThrow(
            () ->
                new SettingException(
                    name,
                    "must be one of "
                        + String.join(
                            ", ", constants.stream().map(c -> kebabCase((Enum<?>) c)).toList()),
                    quoted(text)));
  }

  private static String kebabCase(Enum<?> constant) {
    return constant.name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  private static String quoted(String text) {
    return "'" + text + "'";
  }
}
