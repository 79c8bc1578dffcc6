package org.gtrturbo.policy;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Set;

/**
 * A policy that someone brings: a folder with {@code policy.json} and the ONNX file that it names,
 * exported from PyTorch, say.
 *
 * @param spec what the policy is
 * @param weights those in the file
 */
public record PolicyFolder(PolicySpec spec, Parameters weights) {
  public static final String DESCRIPTION = "policy.json";

  /** The ONNX file where the description names none. */
  public static final String MODEL = "policy.onnx";

  /**
   * Reads a folder and makes sure that its policy can be played and trained.
   *
   * @throws IllegalArgumentException if a file is missing or wrong, or the network is not what the
   *     description promises; the message says what to do
   */
  public static PolicyFolder read(Path folder) {
    String json = new String(bytes(folder.resolve(DESCRIPTION)), StandardCharsets.UTF_8);
    try {
      PolicyJson.Description description = PolicyJson.readDescription(json);
      ImportedModel.Separated separated =
          ImportedModel.separate(
              bytes(folder.resolve(description.file())), Set.copyOf(description.constants()));
      PolicySpec spec =
          new PolicySpec(
              description.picture(),
              description.text(),
              new PolicySpec.ImportedSpec(
                  separated.model(), description.ports(), description.constants()));
      PolicyTrial.require(spec, separated.weights());
      return new PolicyFolder(spec, separated.weights());
    } catch (IllegalArgumentException wrong) {
      throw new IllegalArgumentException(
          "the policy in " + folder + " cannot be used: " + wrong.getMessage(), wrong);
    }
  }

  /**
   * What an exporter has to know of a policy that is to be made, as the text of a {@code
   * policy.json}.
   */
  public static String outline(PolicySpec.PictureSpec picture, PolicySpec.TextSpec text) {
    return PolicyJson.outline(picture, text);
  }

  private static byte[] bytes(Path file) {
    try {
      return Files.readAllBytes(file);
    } catch (NoSuchFileException missing) {
      throw new IllegalArgumentException(
          "there is no file " + file + "; a policy's folder has " + DESCRIPTION + " and its model",
          missing);
    } catch (IOException failed) {
      throw new UncheckedIOException("cannot read " + file + ": " + failed, failed);
    }
  }
}
