package org.gtrturbo.cli;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.Callable;
import org.gtrturbo.agents.GuidingStream;
import org.gtrturbo.events.BlobRef;
import org.gtrturbo.lineage.PrunedVersions;
import org.gtrturbo.lineage.Pruning;
import org.gtrturbo.platform.blobs.FolderBlobStore;
import org.gtrturbo.platform.settings.RuleText;
import org.gtrturbo.platform.settings.Settings;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

@Command(
    name = "prune",
    description = {
      "Removes the weights of a run's older checkpoints and teachers, while it goes on or after.",
      "Events stay: lineage and the ledger are whole. What needs removed weights is refused from"
          + " then on: computing those updates again, merging from the beginning, excluding a"
          + " checkpoint that lies before them."
    })
final class PruneCommand implements Callable<Integer> {
  // An event that points at a blob follows it within seconds; a service may hang for a while.
  private static final Duration UNWRITTEN_FOR = Duration.ofHours(1);

  @Parameters(paramLabel = "RUN", description = "A run by its name, or its folder.")
  private String run = "";

  @Option(
      names = "--keep-last",
      paramLabel = "N",
      defaultValue = "200",
      description = "How many of the newest versions stay; default ${DEFAULT-VALUE}.")
  private int keepLast;

  @Option(
      names = "--keep-every",
      paramLabel = "N",
      defaultValue = "0",
      description = "Every how many of the older ones one stays; by default none.")
  private int keepEvery;

  @Option(
      names = "--written-before",
      paramLabel = "DURATION",
      description = "Blobs written later stay whatever they are, as PT30M; default one hour.")
  private Duration unwrittenFor = UNWRITTEN_FOR;

  @Option(names = "--dry-run", description = "Says what would go, and removes nothing.")
  private boolean dry;

  @Mixin private RunLocation location = new RunLocation();

  @Spec private CommandSpec spec = CommandSpec.create();

  @Override
  public Integer call() {
    var pruning = new Pruning(keepLast, keepEvery);
    try (OpenedRun opened = location.open(run)) {
      var plan =
          pruning.of(
              opened.log().checkpoints(), opened.log().teachers(), streams(opened.settings()));
      remove(plan, opened.folder().blobs());
    }
    return 0;
  }

  private static Set<String> streams(Settings settings) {
    Set<String> streams = new HashSet<>(Set.of(GuidingStream.OWN));
    settings.teacher().shadows().ifPresent(text -> streams.addAll(RuleText.shadows(text).keySet()));
    return streams;
  }

  private void remove(Pruning.Plan plan, Path folder) {
    PrintWriter out = spec.commandLine().getOut();
    var store = new FolderBlobStore(folder);
    List<BlobRef> there = plan.blobs().stream().filter(store::contains).toList();
    if (dry) {
      say(out, "would lose their weights", plan.versions().size(), there);
      return;
    }
    if (there.isEmpty()) {
      say(out, "lose their weights", 0, there);
      return;
    }
    PrunedVersions.in(folder).with(plan.versions(), folder);
    List<BlobRef> gone = there.stream().filter(blob -> store.remove(blob, unwrittenFor)).toList();
    say(out, "have lost their weights", plan.versions().size(), gone);
    if (gone.size() < there.size()) {
      out.printf(
          Locale.ROOT,
          "%,d blobs were written lately and stay; the next gtr prune finds them%n",
          there.size() - gone.size());
    }
  }

  private static void say(PrintWriter out, String what, int versions, List<BlobRef> blobs) {
    long bytes = blobs.stream().mapToLong(BlobRef::getBytes).sum();
    out.printf(
        Locale.ROOT,
        "%,d versions %s: %,d blobs, %,.1f MB%n",
        versions,
        what,
        blobs.size(),
        bytes / 1e6);
  }
}
