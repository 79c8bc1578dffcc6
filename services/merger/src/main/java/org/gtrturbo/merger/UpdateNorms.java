package org.gtrturbo.merger;

import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalDouble;
import org.gtrturbo.events.Checkpoint;

/**
 * How far each checkpoint lies from the one before, ‖θₙ − θₙ₋₁‖, and whether that is out of
 * proportion to the last ones that were not. Checkpoints are measured once each, in their order.
 */
final class UpdateNorms {
  /** Norms that one is held against. */
  static final int REMEMBERED = 16;

  private static final int JUDGED_FROM = 4;

  private final double most;
  private final MergeWorkshop workshop;
  private final Deque<Double> norms = new ArrayDeque<>();
  private Optional<Checkpoint> before = Optional.empty();

  /**
   * What later judgements depend on.
   *
   * @param version of the checkpoint that was measured last
   * @param norms at most {@link #REMEMBERED}, in their order
   */
  record Known(long version, List<Double> norms) {
    Known {
      norms = List.copyOf(norms);
    }

    byte[] encoded() {
      ByteBuffer bytes = ByteBuffer.allocate(Long.BYTES + norms.size() * Double.BYTES);
      bytes.putLong(version);
      norms.forEach(bytes::putDouble);
      return bytes.array();
    }

    static Known of(byte[] encoded) {
      ByteBuffer bytes = ByteBuffer.wrap(encoded);
      long version = bytes.getLong();
      var norms = new ArrayList<Double>();
      while (bytes.hasRemaining()) {
        norms.add(bytes.getDouble());
      }
      return new Known(version, norms);
    }
  }

  /**
   * @param most times the median of the last norms that one may be; 0 is no bound
   */
  UpdateNorms(double most, MergeWorkshop workshop) {
    this.most = most;
    this.workshop = workshop;
  }

  boolean areBounded() {
    return most > 0;
  }

  /** Whether any checkpoint was measured. */
  boolean isBegun() {
    return before.isPresent();
  }

  boolean isMeasured(long version) {
    return before.isPresent() && version <= before.get().getVersion();
  }

  /** Empty before the first checkpoint. */
  Optional<Known> known() {
    return before.map(checkpoint -> new Known(checkpoint.getVersion(), List.copyOf(norms)));
  }

  /**
   * Goes on with what was known.
   *
   * @param before the checkpoint that was measured last
   */
  void resume(Checkpoint before, Known known) {
    this.before = Optional.of(before);
    norms.clear();
    norms.addAll(known.norms());
  }

  /** Measures a checkpoint that is judged already, and counts its norm unless that jumped. */
  void recall(Checkpoint checkpoint, Policies.Policy policy, boolean jumped) {
    OptionalDouble norm = measure(checkpoint, policy);
    if (!jumped) {
      norm.ifPresent(this::remember);
    }
  }

  /**
   * Why a checkpoint is out of proportion, if it is; the next one is measured from it all the same.
   *
   * @param admitted by somebody: then it is in proportion, whatever it is
   */
  Optional<String> jump(Checkpoint checkpoint, Policies.Policy policy, boolean admitted) {
    Optional<Checkpoint> from = before;
    OptionalDouble measured = measure(checkpoint, policy);
    if (from.isEmpty() || measured.isEmpty()) {
      return Optional.empty();
    }
    double norm = measured.getAsDouble();
    if (!admitted && norms.size() >= JUDGED_FROM && norm > most * median()) {
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
    remember(norm);
    return Optional.empty();
  }

  private OptionalDouble measure(Checkpoint checkpoint, Policies.Policy policy) {
    Optional<Checkpoint> from = before;
    before = Optional.of(checkpoint);
    return from.isEmpty()
        ? OptionalDouble.empty()
        : OptionalDouble.of(distance(from.get(), checkpoint, policy.plan()));
  }

  private void remember(double norm) {
    norms.addLast(norm);
    if (norms.size() > REMEMBERED) {
      norms.removeFirst();
    }
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
