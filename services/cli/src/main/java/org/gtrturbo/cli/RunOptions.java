package org.gtrturbo.cli;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.gtrturbo.platform.settings.Settings;
import org.gtrturbo.platform.settings.SettingsReader;
import org.gtrturbo.platform.settings.SettingsWriter;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** The options that say which run is meant, and with what settings. */
final class RunOptions {
  @Option(
      names = "--env",
      paramLabel = "NAME",
      description = "What to play: threecards (default), ezpoints or numberline.")
  private @Nullable String environment;

  @Option(
      names = "--seed",
      paramLabel = "N",
      description = "Every random draw derives from it; default 0.")
  private @Nullable Long seed;

  @Option(
      names = "--name",
      paramLabel = "RUN",
      description =
          "The run's name; default ENVIRONMENT-SEED, with --policy ENVIRONMENT-FOLDER-SEED. The"
              + " same name continues the run.")
  private @Nullable String name;

  @Option(
      names = "--policy",
      paramLabel = "FOLDER",
      description = "A policy of your own: a folder with policy.json and policy.onnx.")
  private @Nullable String policy;

  @Option(names = "--turns", paramLabel = "N", description = "Turns to train on.")
  private @Nullable Long turns;

  @Option(
      names = "--preset",
      paramLabel = "PRESET",
      description =
          "Settings that belong together, under those of the file: default, rl4vlm, gtr-turbo-kl or"
              + " gtr-turbo-sft; see docs/losses.md.")
  private @Nullable String preset;

  @Option(
      names = "--settings",
      paramLabel = "FILE",
      description = "A YAML file of settings; see docs/settings.md.")
  private @Nullable Path file;

  @Option(
      names = "--set",
      paramLabel = "SETTING=VALUE",
      description =
          "One setting, over the file's; for example --set teacher.rule=sma. Can be repeated.")
  private List<String> overrides = new ArrayList<>();

  @Mixin private RunsFolder runs = new RunsFolder();

  @Option(
      names = "--bootstrap",
      paramLabel = "HOST:PORT",
      description = "A Kafka cluster; without one, the run brings a broker of its own.")
  private @Nullable String bootstrap;

  /**
   * The settings asked for, the run named.
   *
   * @throws org.gtrturbo.platform.settings.SettingException if one is unknown or wrong
   */
  Settings settings() {
    return settings(List.of(), "");
  }

  /**
   * The settings asked for with more of them changed.
   *
   * @param nameSuffix put behind the run's default name
   */
  Settings settings(List<String> changes, String nameSuffix) {
    List<String> all = new ArrayList<>(overrides);
    if (preset != null) {
      all.add(SettingsReader.PRESET + "=" + preset);
    }
    if (seed != null) {
      all.add("run.seed=" + seed);
    }
    if (turns != null) {
      all.add("run.turns=" + turns);
    }
    if (policy != null) {
      all.add("policy.folder=" + policy);
    }
    if (bootstrap != null) {
      all.add("kafka.bootstrap=" + bootstrap);
    }
    if (name != null) {
      all.add("run.name=" + name + nameSuffix);
    }
    all.addAll(changes);
    Settings settings =
        SettingsReader.read(Optional.ofNullable(file), Optional.ofNullable(environment), all);
    if (name != null || namedInFile(settings)) {
      return settings;
    }
    all.add("run.name=" + usualName(settings) + nameSuffix);
    return SettingsReader.read(Optional.ofNullable(file), Optional.ofNullable(environment), all);
  }

  private static String usualName(Settings settings) {
    String ofPolicy =
        settings
            .policy()
            .folder()
            .map(folder -> "-" + Path.of(folder).toAbsolutePath().normalize().getFileName())
            .map(name -> name.replaceAll("[^A-Za-z0-9_-]", "-"))
            .orElse("");
    return settings.environment().name() + ofPolicy + "-" + settings.run().seed();
  }

  private boolean namedInFile(Settings settings) {
    return !settings
        .run()
        .name()
        .equals(
            SettingsReader.read(Optional.empty(), Optional.ofNullable(environment), List.of())
                .run()
                .name());
  }

  /** Where runs keep their folders. */
  Path runs() {
    return runs.path();
  }

  RunFolder folder(Settings settings) {
    return runs.create(settings.run().name());
  }

  /**
   * Refuses to continue a run with other settings than it was started with.
   *
   * @throws UsageException that lists the differences
   */
  static void requireSameSettings(RunFolder folder, Settings settings) {
    if (Files.exists(folder.settings())) {
      requireSameSettings(
          SettingsReader.parse(folder.settings().toString(), Texts.read(folder.settings())),
          settings);
    }
  }

  /** The same, where it is known what it was started with. */
  static void requireSameSettings(Settings before, Settings settings) {
    List<String> changed =
        SettingsWriter.differences(before, settings).stream()
            .filter(SettingsWriter.Difference::trained)
            .map(SettingsWriter.Difference::toString)
            .toList();
    if (!changed.isEmpty()) {
      throw new UsageException(
          "run "
              + settings.run().name()
              + " was started with other settings:\n  "
              + String.join("\n  ", changed)
              + "\nLeave them as they were to continue it, or start another run with --name.");
    }
  }
}
