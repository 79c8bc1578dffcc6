package org.gtrturbo.events;

import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.NullMarked;

/** Events of runs that nobody made, saying no more than a reader of progress asks. */
@NullMarked
public final class SampleEvents {
  private SampleEvents() {}

  public static Checkpoint checkpoint(String run, long version, long turns, Instant createdAt) {
    return Checkpoint.newBuilder()
        .setRun(run)
        .setVersion(version)
        .setHash("")
        .setParentHash("")
        .setSettingsHash("")
        .setPolicy(new BlobRef("", 0L))
        .setTensors(List.of())
        .setOptimizer(List.of())
        .setOptimizerSteps(0)
        .setTurnsTrained(turns)
        .setBatch(List.of())
        .setProgress(List.of())
        .setConsumed(List.of())
        .setLosses(Map.of())
        .setCreatedAt(createdAt)
        .build();
  }

  public static Teacher teacher(String run, long version, long merged, Instant createdAt) {
    return Teacher.newBuilder()
        .setRun(run)
        .setVersion(version)
        .setHash("")
        .setParentHash("")
        .setRule("ema")
        .setRuleSettings(Map.of())
        .setMerged(merged)
        .setInputs(List.of())
        .setPolicy(new BlobRef("", 0L))
        .setTensors(List.of())
        .setOnnx(new BlobRef("", 0L))
        .setCreatedAt(createdAt)
        .build();
  }

  /** The only turn of an episode. */
  public static Turn turn(String episode) {
    return Turn.newBuilder()
        .setEpisodeId(episode)
        .setTurnIndex(0)
        .setEnvironment("numberline")
        .setEnvironmentSeed(1)
        .setActorId("actor")
        .setPolicyVersion(0)
        .setObservation(
            SeenObservation.newBuilder()
                .setWidth(1)
                .setHeight(1)
                .setChannels(1)
                .setImage(ByteBuffer.wrap(new byte[1]))
                .setPrompt("")
                .build())
        .setTokens(List.of(1))
        .setThoughtTokens(0)
        .setLogProbs(ByteBuffer.wrap(new byte[4]))
        .setThoughtEntropy(0)
        .setActionEntropy(0)
        .setValueEstimate(0)
        .setAction("+")
        .setFormatted(true)
        .setLegal(true)
        .setReward(0)
        .setTerminated(true)
        .setTruncated(false)
        .setPlayedAt(Instant.EPOCH)
        .build();
  }

  /** What the learner says of an update's batch, its success rate alone. */
  public static Metric batch(String run, long version, double successRate) {
    return new Metric(
        run,
        MetricNames.LEARNER,
        version,
        Map.of(MetricNames.SUCCESS_RATE, successRate),
        Instant.EPOCH);
  }
}
