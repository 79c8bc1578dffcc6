package org.gtrturbo.platform.settings;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import java.io.IOException;
import java.io.Reader;
import java.util.LinkedHashMap;
import java.util.SequencedMap;

/**
 * The settings that one YAML file names, with their places; names are checked, values are not yet.
 *
 * <p>Values are taken as text whatever YAML guesses them to be, because it takes {@code 2e-3} for
 * text and {@code 1_000} for a number; {@link SettingType} decides.
 */
final class SettingsFile {
  private static final YAMLFactory YAML =
      YAMLFactory.builder().enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION).build();

  private final String file;
  private final SequencedMap<String, SettingText> settings = new LinkedHashMap<>();

  private SettingsFile(String file) {
    this.file = file;
  }

  /**
   * Reads YAML.
   *
   * @param file its name in messages
   * @throws SettingException if it is no YAML, or names a setting that does not exist
   */
  static SequencedMap<String, SettingText> read(String file, Reader yaml) throws IOException {
    var read = new SettingsFile(file);
    try (JsonParser parser = YAML.createParser(yaml)) {
      JsonToken first = parser.nextToken();
      if (first == JsonToken.START_OBJECT) {
        read.section("", parser);
      } else if (first != null && first != JsonToken.VALUE_NULL) {
        throw new SettingException(
            file,
            file + " must hold sections of settings, 'learner:' say, and starts with " + first);
      }
      if (first != null && parser.nextToken() != null) {
        throw new SettingException(
            file, file + " must be one YAML document, another starts at " + read.place(parser));
      }
    } catch (JsonProcessingException e) {
      String place = e.getLocation() == null ? file : file + ":" + e.getLocation().getLineNr();
      throw new SettingException(file, "not YAML: " + e.getOriginalMessage()).at(place);
    }
    return read.settings;
  }

  private void section(String prefix, JsonParser parser) throws IOException {
    while (parser.nextToken() == JsonToken.FIELD_NAME) {
      String name = prefix + parser.currentName();
      String place = place(parser);
      switch (parser.nextToken()) {
        case START_OBJECT -> {
          if (SettingType.ALL.containsKey(name)) {
            throw new SettingException(name, name + " must be one value, not a section").at(place);
          }
          if (!SettingType.isSection(name)) {
            throw UnknownSetting.named(name).at(place);
          }
          section(name + ".", parser);
        }
        case START_ARRAY -> throw list(name).at(place);
        case VALUE_NULL -> value(name, "", place);
        default -> value(name, parser.getText(), place);
      }
    }
  }

  private static SettingException list(String name) {
    if (SettingType.isSection(name)) {
      return new SettingException(name, name + " must be a section, not a list");
    }
    return SettingType.ALL.containsKey(name)
        ? new SettingException(name, name + " must be one value, not a list")
        : UnknownSetting.named(name);
  }

  private void value(String name, String text, String place) {
    if (SettingType.isSection(name)) {
      if (!text.isEmpty()) {
        throw new SettingException(name, name + " must be a section, got '" + text + "'").at(place);
      }
    } else if (!SettingType.ALL.containsKey(name) && !name.equals(SettingsReader.PRESET)) {
      throw UnknownSetting.named(name).at(place);
    } else {
      settings.put(name, new SettingText(text, place));
    }
  }

  private String place(JsonParser parser) {
    return file + ":" + parser.currentTokenLocation().getLineNr();
  }
}
