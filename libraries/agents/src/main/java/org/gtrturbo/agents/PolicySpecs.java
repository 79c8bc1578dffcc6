package org.gtrturbo.agents;

import java.util.List;
import java.util.Optional;
import org.gtrturbo.environments.EnvironmentSpec;
import org.gtrturbo.platform.settings.Settings;
import org.gtrturbo.policy.PolicySpec;
import org.gtrturbo.policy.Vocabulary;

/** Policies and the environments that they fit. */
public final class PolicySpecs {
  private PolicySpecs() {}

  /**
   * The policy that the settings ask for.
   *
   * @throws IllegalArgumentException if it does not fit the environment, or a policy that is
   *     brought cannot be used
   */
  public static PolicySpec of(EnvironmentSpec environment, Settings.PolicySettings settings) {
    return StartingPolicy.of(environment, settings).spec();
  }

  /**
   * The built-in policy made to fit an environment.
   *
   * @throws IllegalArgumentException if the environment's texts are free text, or its pictures
   *     cannot be cut into the patches that the settings ask for
   */
  static PolicySpec builtIn(EnvironmentSpec environment, Settings.PolicySettings settings) {
    var picture = environment.picture();
    return new PolicySpec(
        new PolicySpec.PictureSpec(
            picture.height(),
            picture.width(),
            picture.channels(),
            settings.patchHeight(),
            settings.patchWidth()),
        texts(environment),
        new PolicySpec.TransformerSpec(
            settings.width(), settings.layers(), settings.heads(), settings.feedForward()));
  }

  /** The pictures of an environment, as a policy that takes them whole sees them. */
  public static PolicySpec.PictureSpec picture(EnvironmentSpec environment) {
    var picture = environment.picture();
    return new PolicySpec.PictureSpec(picture.height(), picture.width(), picture.channels());
  }

  /**
   * The texts of an environment.
   *
   * @throws IllegalArgumentException if they are free text
   */
  public static PolicySpec.TextSpec texts(EnvironmentSpec environment) {
    if (environment.texts().words().isEmpty()) {
      throw new IllegalArgumentException(
          "environment "
              + environment.name()
              + " has no word list; policies here read and write words");
    }
    return new PolicySpec.TextSpec(
        environment.texts().words(),
        environment.texts().maxPromptWords(),
        environment.texts().maxGeneratedWords());
  }

  /** Why a policy cannot play an environment; empty where it can. */
  static Optional<String> wrongFor(EnvironmentSpec environment, PolicySpec policy) {
    var shown = environment.picture();
    var seen = policy.picture();
    if (seen.height() != shown.height()
        || seen.width() != shown.width()
        || seen.channels() != shown.channels()) {
      return Optional.of(
          "it sees pictures of height %d, width %d and %d channels, the environment shows %d, %d and %d"
              .formatted(
                  seen.height(),
                  seen.width(),
                  seen.channels(),
                  shown.height(),
                  shown.width(),
                  shown.channels()));
    }
    return wrongWords(environment, policy.text()).or(() -> tooShort(environment, policy.text()));
  }

  private static Optional<String> wrongWords(
      EnvironmentSpec environment, PolicySpec.TextSpec texts) {
    List<String> words = environment.texts().words();
    List<String> missing = words.stream().filter(word -> !texts.words().contains(word)).toList();
    if (!missing.isEmpty()) {
      return Optional.of("its vocabulary lacks the words " + missing);
    }
    String padding = words.get(Vocabulary.PADDING);
    return texts.words().get(Vocabulary.PADDING).equals(padding)
        ? Optional.empty()
        : Optional.of("the first of its words must be " + padding + ", which fills texts up");
  }

  private static Optional<String> tooShort(EnvironmentSpec environment, PolicySpec.TextSpec texts) {
    int prompt = environment.texts().maxPromptWords();
    int generated = environment.texts().maxGeneratedWords();
    return texts.promptTokens() >= prompt && texts.generatedTokens() >= generated
        ? Optional.empty()
        : Optional.of(
            "it reads %d and writes %d words, the environment needs %d and %d"
                .formatted(texts.promptTokens(), texts.generatedTokens(), prompt, generated));
  }
}
