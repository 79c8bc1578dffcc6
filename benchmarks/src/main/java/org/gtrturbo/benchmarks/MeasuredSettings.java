package org.gtrturbo.benchmarks;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.gtrturbo.platform.settings.Settings;
import org.gtrturbo.platform.settings.SettingsReader;
import picocli.CommandLine.Option;

/** The options that say with what settings something is measured. */
final class MeasuredSettings {
  @Option(
      names = "--env",
      paramLabel = "NAME",
      defaultValue = "threecards",
      description = "threecards (default), ezpoints or numberline.")
  private String environment = "threecards";

  @Option(
      names = "--set",
      paramLabel = "SETTING=VALUE",
      description = "One setting, over the default. Can be repeated.")
  private List<String> overrides = new ArrayList<>();

  /**
   * The settings asked for.
   *
   * @param usual what the benchmark sets itself; what is asked for goes over it
   * @throws org.gtrturbo.platform.settings.SettingException if one is unknown or wrong
   */
  Settings over(String... usual) {
    List<String> all = new ArrayList<>(List.of(usual));
    all.addAll(overrides);
    return SettingsReader.read(Optional.empty(), Optional.of(environment), all);
  }

  /** The environment's name, then what was set. */
  List<String> arguments() {
    List<String> arguments = new ArrayList<>(overrides);
    arguments.addFirst(environment);
    return arguments;
  }
}
