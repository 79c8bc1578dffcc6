package org.gtrturbo.agents;

import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import org.gtrturbo.platform.settings.Settings;

/** What an exported model says in its metadata about where it was trained. */
public final class PolicyOrigin {
  private static final String ENVIRONMENT = "gtr.environment";
  private static final String IMAGE_NOISE = "gtr.imageNoise";

  private PolicyOrigin() {}

  public static Map<String, String> of(Settings.EnvironmentSettings environment) {
    return Map.of(
        ENVIRONMENT, environment.name(), IMAGE_NOISE, Double.toString(environment.imageNoise()));
  }

  /** The environment's name, where the metadata say it. */
  public static Optional<String> environment(Map<String, String> metadata) {
    return Optional.ofNullable(metadata.get(ENVIRONMENT));
  }

  /** The noise on the environment's pictures, where the metadata say it. */
  public static OptionalDouble imageNoise(Map<String, String> metadata) {
    String noise = metadata.get(IMAGE_NOISE);
    return noise == null ? OptionalDouble.empty() : OptionalDouble.of(Double.parseDouble(noise));
  }
}
