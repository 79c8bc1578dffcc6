package org.gtrturbo.agents;

import org.gtrturbo.environments.EnvironmentSpec;
import org.gtrturbo.platform.settings.Settings;
import org.gtrturbo.policy.PolicySpec;

/** The built-in policy made to fit an environment. */
public final class PolicySpecs {
  private PolicySpecs() {}

  /**
   * @throws IllegalArgumentException if the environment's texts are free text, or its pictures
   *     cannot be cut into the patches that the settings ask for
   */
  public static PolicySpec of(EnvironmentSpec environment, Settings.PolicySettings settings) {
    if (environment.texts().words().isEmpty()) {
      throw new IllegalArgumentException(
          "environment "
              + environment.name()
              + " has no word list; the built-in policy reads and writes words");
    }
    var picture = environment.picture();
    return new PolicySpec(
        new PolicySpec.PictureSpec(
            picture.height(),
            picture.width(),
            picture.channels(),
            settings.patchHeight(),
            settings.patchWidth()),
        new PolicySpec.TextSpec(
            environment.texts().words(),
            environment.texts().maxPromptWords(),
            environment.texts().maxGeneratedWords()),
        new PolicySpec.TransformerSpec(
            settings.width(), settings.layers(), settings.heads(), settings.feedForward()));
  }
}
