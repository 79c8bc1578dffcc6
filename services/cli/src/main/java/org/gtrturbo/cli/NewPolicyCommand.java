package org.gtrturbo.cli;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.gtrturbo.agents.PolicySpecs;
import org.gtrturbo.environments.Environments;
import org.gtrturbo.environments.Rendering;
import org.gtrturbo.policy.PolicyFolder;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
    name = "new-policy",
    description = {
      "Begins the folder of a policy of your own: writes into its policy.json what an environment",
      "shows and says, for whoever exports the policy.onnx to it."
    })
final class NewPolicyCommand implements Callable<Integer> {
  @Parameters(paramLabel = "FOLDER", description = "Made where it is missing.")
  private Path folder = Path.of("policy");

  @Option(
      names = "--env",
      paramLabel = "NAME",
      defaultValue = "threecards",
      description = "What it is to play; default ${DEFAULT-VALUE}.")
  private String environment = "threecards";

  @Override
  public Integer call() {
    Path description = RunFolder.create(folder).path().resolve(PolicyFolder.DESCRIPTION);
    if (Files.exists(description)) {
      throw new UsageException(description + " is there already; name another folder");
    }
    var spec = Environments.named(environment, Rendering.SMALL, 0).spec();
    var picture = PolicySpecs.picture(spec);
    var texts = PolicySpecs.texts(spec);
    Texts.write(description, (PolicyFolder.outline(picture, texts) + "\n").getBytes(UTF_8));
    System.out.printf(
        "%s: pictures of height %d, width %d and %d channels, %d words, prompts of %d, texts of"
            + " %d%nExport the model to %s and train it:%n  ./gtr run --policy %s --env %s%n",
        description,
        picture.height(),
        picture.width(),
        picture.channels(),
        texts.words().size(),
        texts.promptTokens(),
        texts.generatedTokens(),
        folder.resolve(PolicyFolder.MODEL),
        folder,
        environment);
    return 0;
  }
}
