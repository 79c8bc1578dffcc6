package org.gtrturbo.platform.settings;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.Reader;
import java.io.StringReader;
import java.io.UncheckedIOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.RecordComponent;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.SequencedMap;

/**
 * Reads the settings of a run from layers, each over the one before: the defaults, what suits the
 * environment, a preset, a YAML file, single overrides.
 */
public final class SettingsReader {
  /** Names in a file or an override the preset that lies under them; no setting of a run. */
  public static final String PRESET = "preset";

  /** The presets that there are. */
  public static final List<String> PRESETS =
      List.of("default", "rl4vlm", "gtr-turbo-kl", "gtr-turbo-sft");

  private static final String ENVIRONMENT = "environment.name";

  private SettingsReader() {}

  /**
   * The settings of a run.
   *
   * @param file YAML; names only what it changes
   * @param environment name of the environment, over what the file says
   * @param overrides {@code learner.epochs=1} or {@code preset=rl4vlm} each, over everything else;
   *     of two for one setting the later counts
   * @throws SettingException if a name or a value is refused; the message names the setting, the
   *     rule and the place
   */
  public static Settings read(
      Optional<Path> file, Optional<String> environment, List<String> overrides) {
    var last = new LinkedHashMap<String, SettingText>();
    environment.ifPresent(
        name -> last.put(ENVIRONMENT, new SettingText(name, "environment " + name)));
    overrides.forEach(override -> addOverride(override, last));
    var fromFile = file.map(SettingsReader::readFile).orElseGet(LinkedHashMap::new);

    var merged = resource("default-settings.yaml").orElseThrow();
    merged.putAll(overlay(last, fromFile, merged));
    merged.putAll(preset(last, fromFile));
    merged.putAll(fromFile);
    merged.putAll(last);
    merged.remove(PRESET);
    return build(merged);
  }

  /**
   * The settings that whole YAML holds, as {@link SettingsWriter#toYaml} wrote it.
   *
   * @param name what to call the YAML in messages
   * @throws SettingException if a setting is missing or refused
   */
  public static Settings parse(String name, String yaml) {
    try {
      var settings = SettingsFile.read(name, new StringReader(yaml));
      LaterSettings.fillIn(settings);
      return build(settings);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read " + name, e);
    }
  }

  /**
   * The settings with some of them changed.
   *
   * @param overrides as in {@link #read}, but for a preset, which lies under whole settings and
   *     would change none
   * @throws SettingException as in {@link #read}
   */
  public static Settings changed(Settings settings, List<String> overrides) {
    if (overrides.stream().anyMatch(each -> each.startsWith(PRESET + "="))) {
      throw new SettingException(
          PRESET,
          "a preset cannot change the settings of a run; name what is to be otherwise,"
              + " 'guidance.kind=sft' say");
    }
    try {
      var texts = SettingsFile.read("settings", new StringReader(SettingsWriter.toYaml(settings)));
      overrides.forEach(override -> addOverride(override, texts));
      return build(texts);
    } catch (IOException e) {
      throw new UncheckedIOException("settings cannot be read from memory", e);
    }
  }

  private static Map<String, SettingText> overlay(
      Map<String, SettingText> overrides,
      Map<String, SettingText> file,
      Map<String, SettingText> defaults) {
    SettingText environment =
        List.of(overrides, file, defaults).stream()
            .flatMap(layer -> Optional.ofNullable(layer.get(ENVIRONMENT)).stream())
            .findFirst()
            .orElseThrow();
    if (!Settings.EnvironmentSettings.NAMES.contains(environment.text())) {
      return Map.of();
    }
    return resource("settings-" + environment.text() + ".yaml").orElseGet(LinkedHashMap::new);
  }

  private static Map<String, SettingText> preset(
      Map<String, SettingText> overrides, Map<String, SettingText> file) {
    Optional<SettingText> named =
        Optional.ofNullable(overrides.get(PRESET)).or(() -> Optional.ofNullable(file.get(PRESET)));
    if (named.isEmpty()) {
      return Map.of();
    }
    SettingText preset = named.get();
    if (!PRESETS.contains(preset.text())) {
      throw new SettingException(
              PRESET, "must be one of " + String.join(", ", PRESETS), "'" + preset.text() + "'")
          .at(preset.place());
    }
    return resource("preset-" + preset.text() + ".yaml").orElseThrow();
  }

  private static void addOverride(String override, Map<String, SettingText> into) {
    String place = "override " + override;
    int equals = override.indexOf('=');
    if (equals < 1) {
      throw new SettingException(
              override, "an override must read setting=value, 'learner.epochs=1' say")
          .at(place);
    }
    String name = override.substring(0, equals).strip();
    if (!SettingType.ALL.containsKey(name) && !name.equals(PRESET)) {
      throw UnknownSetting.named(name).at(place);
    }
    into.put(name, new SettingText(override.substring(equals + 1).strip(), place));
  }

  private static SequencedMap<String, SettingText> readFile(Path file) {
    try (Reader yaml = Files.newBufferedReader(file, UTF_8)) {
      return SettingsFile.read(file.toString(), yaml);
    } catch (NoSuchFileException e) {
      throw new SettingException(
          file.toString(),
          "there is no settings file " + file.toAbsolutePath() + "; check the path");
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read settings file " + file.toAbsolutePath(), e);
    }
  }

  private static Optional<SequencedMap<String, SettingText>> resource(String name) {
    try (InputStream in = SettingsReader.class.getResourceAsStream("/" + name)) {
      return in == null
          ? Optional.empty()
          : Optional.of(SettingsFile.read(name, new InputStreamReader(in, UTF_8)));
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read " + name + " of the class path", e);
    }
  }

  private static Settings build(Map<String, SettingText> texts) {
    var values = new HashMap<String, Object>();
    for (SettingType type : SettingType.ALL.values()) {
      SettingText text = texts.get(type.name());
      if (text == null) {
        throw new SettingException(type.name(), "setting " + type.name() + " is missing");
      }
      try {
        values.put(type.name(), type.parse(text.text()));
      } catch (SettingException e) {
        throw e.at(text.place());
      }
    }
    try {
      return Settings.class.cast(section("", Settings.class, values));
    } catch (SettingException e) {
      throw e.at(texts.getOrDefault(e.setting(), new SettingText("", "unknown place")).place());
    }
  }

  private static Object section(String prefix, Class<?> type, Map<String, Object> values) {
    var arguments = new ArrayList<Object>();
    for (RecordComponent component : type.getRecordComponents()) {
      String name = prefix + component.getName();
      arguments.add(
          component.getType().isRecord()
              ? section(name + ".", component.getType(), values)
              : Objects.requireNonNull(values.get(name)));
    }
    Class<?>[] types =
        Arrays.stream(type.getRecordComponents())
            .map(RecordComponent::getType)
            .toArray(Class<?>[]::new);
    try {
      return type.getDeclaredConstructor(types).newInstance(arguments.toArray());
    } catch (InvocationTargetException e) {
      if (e.getCause() instanceof SettingException refused) {
        throw refused;
      }
      throw new IllegalStateException("cannot make " + type.getSimpleName(), e.getCause());
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException("cannot make " + type.getSimpleName(), e);
    }
  }
}
