package org.gtrturbo.platform.settings;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.util.Map;
import java.util.Objects;
import java.util.SequencedMap;

/**
 * Settings that came after the first runs were recorded, each with the value under which a run does
 * what it did before there was the setting.
 *
 * <p>Whole settings that lack one have that value; and with that value it is no part of a run's
 * hash. So an older run is continued, replayed and verified as if nothing had been added.
 */
final class LaterSettings {
  private static final String RESOURCE = "later-settings.yaml";
  private static final SequencedMap<String, SettingText> NEUTRAL = read();

  private LaterSettings() {}

  private static SequencedMap<String, SettingText> read() {
    try (InputStream in =
        Objects.requireNonNull(LaterSettings.class.getResourceAsStream("/" + RESOURCE))) {
      return SettingsFile.read(RESOURCE, new InputStreamReader(in, UTF_8));
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read " + RESOURCE + " of the class path", e);
    }
  }

  /** Adds what the settings lack. */
  static void fillIn(Map<String, SettingText> settings) {
    NEUTRAL.forEach(settings::putIfAbsent);
  }

  /**
   * Whether a run with this value is one that could have been before there was the setting.
   *
   * @param canonical as {@link SettingType#write} writes it
   */
  static boolean isNeutral(String name, String canonical) {
    SettingText neutral = NEUTRAL.get(name);
    if (neutral == null) {
      return false;
    }
    SettingType type = Objects.requireNonNull(SettingType.ALL.get(name));
    return type.write(type.parse(neutral.text())).equals(canonical);
  }
}
