package org.gtrturbo.merger;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.gtrturbo.events.Checkpoint;

/**
 * How far each checkpoint lies from the one before, ‖θₙ − θₙ₋₁‖, and whether that is out of
 * proportion. What it remembers begins anew with its task, so the first few checkpoints behind a
 * restart are not judged.
 */
final class UpdateNorms {
  private static final int REMEMBERED = 16;
  private static final int JUDGED_FROM = 4;

  private final double most;
  private final MergeWorkshop workshop;
  private final Deque<Double> norms = new ArrayDeque<>();
  private Optional<Checkpoint> before = Optional.empty();

  /**
   * @param most times the median of the last norms that one may be; 0 is no bound
   */
  UpdateNorms(double most, MergeWorkshop workshop) {
    this.most = most;
    this.workshop = workshop;
  }

  /** Why a checkpoint is out of proportion, if it is; the next one is measured from it. */
  Optional<String> jump(Checkpoint checkpoint, Policies.Policy policy) {
    if (most == 0) {
      return Optional.empty();
    }
    Optional<Checkpoint> from = before;
    before = Optional.of(checkpoint);
    if (from.isEmpty()) {
      return Optional.empty();
    }
    double norm = distance(from.get(), checkpoint, policy.plan());
    if (norms.size() >= JUDGED_FROM && norm > most * median()) {
      return Optional.of(
          String.format(
              Locale.ROOT,
              "checkpoint %d lies %.4g from checkpoint %d, more than %s times the median of the"
                  + " last updates, %.4g",
              checkpoint.getVersion(),
              norm,
              from.get().getVersion(),
              most,
              median()));
    }
    norms.addLast(norm);
    if (norms.size() > REMEMBERED) {
      norms.removeFirst();
    }
    return Optional.empty();
  }

  private double distance(Checkpoint from, Checkpoint to, ShardPlan plan) {
    StoredWeights left = workshop.weights(from.getTensors());
    StoredWeights right = workshop.weights(to.getTensors());
    List<ShardPlan.Run> runs =
        plan.shards().stream().flatMap(shard -> shard.runs().stream()).toList();
    double[] squares =
        runs.parallelStream()
            .mapToDouble(run -> FloatRuns.squaredDistance(left.run(run), right.run(run)))
            .toArray();
    double sum = 0;
    for (double each : squares) {
      sum += each;
    }
    return Math.sqrt(sum);
  }

  private double median() {
    double[] sorted = norms.stream().mapToDouble(Double::doubleValue).sorted().toArray();
    int middle = sorted.length / 2;
    return sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
  }
}
