package org.gtrturbo.cli;

import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.stream.LongStream;
import org.gtrturbo.lineage.Finding;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

@Command(
    name = "verify",
    description = {
      "Walks a run's ledger: every record accounted for once and still the same, the chains of",
      "checkpoints and teachers whole, an update computed again bit for bit.",
      "Exits with 0 where all of it holds, and with 1 where something does not."
    })
final class VerifyCommand implements Callable<Integer> {
  private static final int WRONG = 1;
  private static final int SHOWN = 20;

  @Parameters(paramLabel = "RUN", description = "A run by its name, or its folder.")
  private String run = "";

  @Option(
      names = "--update",
      paramLabel = "VERSION",
      description = "The update to compute again; default one drawn at random.")
  private @Nullable Long version;

  @Option(names = "--all-updates", description = "Computes every update again.")
  private boolean all;

  @Mixin private RunLocation location = new RunLocation();

  @Spec private CommandSpec spec = CommandSpec.create();

  @Override
  public Integer call() throws InterruptedException {
    PrintWriter out = spec.commandLine().getOut();
    try (OpenedRun opened = location.open(run);
        RecordedTrajectories trajectories = location.trajectories(opened)) {
      var verification = new RunVerification(opened, trajectories.run(), out::println);
      List<Finding> findings = new ArrayList<>(verification.log());
      findings.addAll(verification.updates(updates(verification.recomputable())));
      return conclude(opened.name(), findings, out);
    }
  }

  private LongStream updates(List<Long> recomputable) {
    if (version != null && !recomputable.contains(version)) {
      throw new UsageException(
          "update "
              + version
              + " of run "
              + run
              + " cannot be computed again; "
              + (recomputable.isEmpty()
                  ? "none can"
                  : recomputable.size()
                      + " can, from "
                      + recomputable.getFirst()
                      + " to "
                      + recomputable.getLast()));
    }
    if (version != null) {
      return LongStream.of(version);
    }
    if (all || recomputable.isEmpty()) {
      return recomputable.stream().mapToLong(Long::longValue);
    }
    return LongStream.of(recomputable.get((int) (Math.random() * recomputable.size())));
  }

  private static int conclude(String name, List<Finding> findings, PrintWriter out) {
    findings.stream().limit(SHOWN).forEach(finding -> out.println("WRONG  " + finding));
    if (findings.size() > SHOWN) {
      out.printf(Locale.ROOT, "WRONG  and %,d more%n", findings.size() - SHOWN);
    }
    out.println();
    out.println(
        findings.isEmpty()
            ? "run " + name + " is what its log says"
            : "run " + name + " is not what its log says");
    return findings.isEmpty() ? 0 : WRONG;
  }
}
