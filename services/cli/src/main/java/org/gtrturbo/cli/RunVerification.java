package org.gtrturbo.cli;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import java.util.stream.LongStream;
import org.gtrturbo.agents.WeightBlobs;
import org.gtrturbo.events.BlobRef;
import org.gtrturbo.events.Checkpoint;
import org.gtrturbo.events.LedgerEntry;
import org.gtrturbo.events.LeftOut;
import org.gtrturbo.events.MergeSum;
import org.gtrturbo.events.Teacher;
import org.gtrturbo.events.TensorRef;
import org.gtrturbo.learner.RecordedUpdate;
import org.gtrturbo.lineage.ChainCheck;
import org.gtrturbo.lineage.Finding;
import org.gtrturbo.lineage.PrunedStates;
import org.gtrturbo.lineage.RecordedRun;
import org.gtrturbo.lineage.TamperedLogException;
import org.gtrturbo.lineage.TrajectoryCheck;
import org.gtrturbo.platform.blobs.CorruptBlobException;
import org.gtrturbo.platform.blobs.MissingBlobException;

/** Holds a run's log against itself, and says what it has looked at. */
final class RunVerification {
  private final OpenedRun run;
  private final OpenedRun trajectories;
  private final Consumer<String> say;
  private final List<Checkpoint> checkpoints;
  private final List<LedgerEntry> ledger;
  private final List<Teacher> teachers;
  private final PrunedStates pruned;

  /**
   * @param trajectories the run that the trajectories are of, maybe the same
   * @param say told in a line what was looked at
   * @throws UsageException if the run has merged another one's checkpoints and nothing more
   */
  RunVerification(OpenedRun run, OpenedRun trajectories, Consumer<String> say) {
    this.run = run;
    this.trajectories = trajectories;
    this.say = say;
    this.checkpoints = run.log().checkpoints();
    this.pruned = PrunedStates.in(run.folder().blobs());
    List<LedgerEntry> entries = run.log().ledger();
    List<Teacher> merged = run.log().teachers();
    // A run that is going on may have committed more since its checkpoints were read.
    Set<Long> newer =
        run.log().checkpoints().stream().map(Checkpoint::getVersion).collect(Collectors.toSet());
    checkpoints.forEach(checkpoint -> newer.remove(checkpoint.getVersion()));
    this.ledger = entries.stream().filter(each -> !newer.contains(each.getVersion())).toList();
    this.teachers = merged.stream().filter(each -> !newer.contains(each.getVersion())).toList();
    if (run != trajectories && !checkpoints.isEmpty() && ledger.isEmpty()) {
      throw new UsageException(
          "run "
              + run.name()
              + " has merged the checkpoints of "
              + trajectories.name()
              + " and trained on nothing; verify "
              + trajectories.name());
    }
  }

  /** Versions that can be computed again: what the optimizer kept before them is there. */
  List<Long> recomputable() {
    return checkpoints.stream()
        .map(Checkpoint::getVersion)
        .filter(version -> version > 0 && !pruned.contains(version - 1))
        .toList();
  }

  /** Everything but the updates themselves. */
  List<Finding> log() {
    if (checkpoints.isEmpty()) {
      say.accept("run " + run.name() + " has no checkpoint yet");
      return List.of();
    }
    List<Finding> findings = new ArrayList<>(ChainCheck.checkpoints(checkpoints, ledger));
    say.accept(
        String.format(
            Locale.ROOT,
            "checkpoints   %,d in a chain, each with its ledger entry",
            checkpoints.size()));
    findings.addAll(ChainCheck.teachers(teachers, checkpoints));
    say.accept(String.format(Locale.ROOT, "teachers      %,d in a chain", teachers.size()));
    findings.addAll(records());
    findings.addAll(blobs());
    return findings;
  }

  private List<Finding> records() {
    RecordedRun log = trajectories.log();
    var check =
        new TrajectoryCheck(log.topics().trajectories().name(), ledger, checkpoints.getLast());
    log.readTrajectories(check);
    long trained = ledger.stream().mapToLong(LedgerEntry::getTurnsTrained).sum();
    long leftOut =
        ledger.stream()
            .flatMap(entry -> entry.getLeftOut().stream())
            .mapToLong(LeftOut::getTurns)
            .sum();
    say.accept(
        String.format(
            Locale.ROOT,
            "trajectories  %,d records compared: %,d trained on, %,d left out, %,d not settled yet",
            check.compared(),
            trained,
            leftOut,
            check.waiting()));
    return check.findings();
  }

  private List<Finding> blobs() {
    List<Finding> findings = new ArrayList<>();
    long[] bytes = new long[1];
    for (Checkpoint checkpoint : checkpoints) {
      String where = "checkpoint " + checkpoint.getVersion();
      bytes[0] += policy(where, checkpoint.getPolicy(), findings);
      bytes[0] += tensors(where, checkpoint.getTensors(), findings);
      bytes[0] += optimizer(where, checkpoint, findings);
    }
    for (Teacher teacher : teachers) {
      String where = "teacher " + teacher.getVersion();
      bytes[0] += tensors(where, teacher.getTensors(), findings);
      if (!teacher.getOnnx().getSha256().isEmpty()) {
        bytes[0] += blob(where, teacher.getOnnx(), findings);
      }
      if (teacher.getBase().isPresent()) {
        bytes[0] += blob(where + " base", teacher.getBase().get(), findings);
      }
      for (MergeSum sum : teacher.getSums().orElse(List.of())) {
        for (BlobRef shard : sum.getShards()) {
          bytes[0] += blob(where + " sum " + sum.getName(), shard, findings);
        }
      }
    }
    say.accept(
        String.format(
            Locale.ROOT,
            "blobs         %,d MB read and compared with their hashes",
            bytes[0] / 1_000_000));
    if (pruned.through() > 0) {
      say.accept(
          String.format(
              Locale.ROOT,
              "pruned        what the optimizer kept of versions 1 to %,d, by gtr prune",
              pruned.through()));
    }
    return findings;
  }

  /** What the optimizer kept, unless it was pruned, be it while this looks for it. */
  private long optimizer(String where, Checkpoint checkpoint, List<Finding> findings) {
    if (pruned.contains(checkpoint.getVersion())) {
      return 0;
    }
    List<Finding> found = new ArrayList<>();
    long bytes = tensors(where, checkpoint.getOptimizer(), found);
    if (!found.isEmpty()
        && !PrunedStates.in(run.folder().blobs()).contains(checkpoint.getVersion())) {
      findings.addAll(found);
    }
    return bytes;
  }

  /** The policy's description, and the network that it names where it was imported. */
  private long policy(String where, BlobRef policy, List<Finding> findings) {
    try {
      var _ = new WeightBlobs(run.log().blobs()).loadSpec(policy);
      return policy.getBytes();
    } catch (MissingBlobException | CorruptBlobException | IllegalArgumentException e) {
      findings.add(new Finding(where + " policy", String.valueOf(e.getMessage())));
      return 0;
    }
  }

  private long tensors(String where, List<TensorRef> tensors, List<Finding> findings) {
    long bytes = 0;
    for (TensorRef tensor : tensors) {
      for (BlobRef chunk : tensor.getChunks()) {
        bytes += blob(where + " tensor " + tensor.getName(), chunk, findings);
      }
    }
    return bytes;
  }

  private long blob(String where, BlobRef blob, List<Finding> findings) {
    try {
      return run.log().blobs().get(blob).remaining();
    } catch (MissingBlobException | CorruptBlobException e) {
      findings.add(new Finding(where, String.valueOf(e.getMessage())));
      return 0;
    }
  }

  /**
   * Whether these versions come out again as they are recorded. Where versions are missing none can
   * be computed.
   */
  List<Finding> updates(LongStream versions) throws InterruptedException {
    List<Finding> findings = new ArrayList<>();
    if (!isWhole()) {
      say.accept("update        none computed again: the log lacks versions");
      return findings;
    }
    for (long version : versions.toArray()) {
      String recorded = checkpoints.get(Math.toIntExact(version)).getHash();
      try {
        String again =
            RecordedUpdate.recompute(run.settings(), run.log(), trajectories.log(), version);
        if (!again.equals(recorded)) {
          findings.add(
              new Finding(
                  "checkpoint " + version,
                  "computed again it has the hash " + again + ", recorded is " + recorded));
        }
        say.accept(
            String.format(
                Locale.ROOT,
                "update %,-6d computed again from its batch: %s",
                version,
                again.substring(0, 12)));
      } catch (TamperedLogException | MissingBlobException | CorruptBlobException e) {
        findings.add(new Finding("update " + version, String.valueOf(e.getMessage())));
      }
    }
    return findings;
  }

  private boolean isWhole() {
    List<Long> all = LongStream.range(0, checkpoints.size()).boxed().toList();
    return checkpoints.stream().map(Checkpoint::getVersion).toList().equals(all)
        && ledger.stream().map(LedgerEntry::getVersion).toList().equals(all);
  }
}
