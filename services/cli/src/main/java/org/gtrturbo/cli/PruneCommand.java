package org.gtrturbo.cli;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.gtrturbo.events.BlobRef;
import org.gtrturbo.lineage.PrunedStates;
import org.gtrturbo.lineage.Pruning;
import org.gtrturbo.platform.blobs.FolderBlobStore;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

@Command(
    name = "prune",
    description = {
      "Removes what the optimizer kept of a run's older checkpoints, while the run goes on or"
          + " after: with AdamW two thirds of what a checkpoint takes.",
      "Weights, teachers and events stay. The updates made from those checkpoints can no longer be"
          + " computed again by gtr verify; nothing else needs what goes."
    })
final class PruneCommand implements Callable<Integer> {
  @Parameters(paramLabel = "RUN", description = "A run by its name, or its folder.")
  private String run = "";

  @Option(
      names = "--keep-last",
      paramLabel = "N",
      defaultValue = "200",
      description = "How many of the newest versions keep theirs; default ${DEFAULT-VALUE}.")
  private int keepLast;

  @Option(
      names = "--older-than",
      paramLabel = "DURATION",
      defaultValue = "PT1H",
      description = "Younger versions keep theirs, as PT30M or P7D; default one hour.")
  private Duration olderThan = Duration.ofHours(1);

  @Option(names = "--dry-run", description = "Says what would go, and removes nothing.")
  private boolean dry;

  @Mixin private RunLocation location = new RunLocation();

  @Spec private CommandSpec spec = CommandSpec.create();

  @Override
  public Integer call() {
    var pruning = new Pruning(keepLast, Instant.now().minus(olderThan));
    try (OpenedRun opened = location.open(run)) {
      Path folder = opened.folder().blobs();
      if (!Files.isDirectory(folder)) {
        throw new UsageException(
            "there are no blobs of run "
                + run
                + " in "
                + folder
                + "; give the --runs that has them");
      }
      var store = new FolderBlobStore(folder);
      Pruning.Plan plan = pruning.of(opened.log(), PrunedStates.in(folder));
      List<BlobRef> gone =
          dry
              ? plan.blobs().stream().filter(store::contains).toList()
              : plan.carryOut(folder, store::remove);
      spec.commandLine().getOut().println(says(plan, gone));
    }
    return 0;
  }

  private String says(Pruning.Plan plan, List<BlobRef> gone) {
    if (plan.versions() == 0) {
      return String.format(
          Locale.ROOT,
          "nothing to prune: no version is older than %s and behind the last %,d%s",
          olderThan,
          keepLast,
          plan.before().through() == 0
              ? ""
              : String.format(
                  Locale.ROOT, ", but for 1 to %,d, pruned before", plan.before().through()));
    }
    return String.format(
        Locale.ROOT,
        "versions %,d to %,d %s what the optimizer kept: %,.1f MB",
        plan.before().through() + 1,
        plan.after().through(),
        dry ? "would lose" : "have lost",
        gone.stream().mapToLong(BlobRef::getBytes).sum() / 1e6);
  }
}
