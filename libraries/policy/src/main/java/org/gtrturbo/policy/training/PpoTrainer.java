package org.gtrturbo.policy.training;

import ai.onnxruntime.OnnxTensor;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.gtrturbo.policy.PolicyNetwork;
import org.gtrturbo.policy.PolicySpec;
import org.gtrturbo.policy.Scorer;
import org.gtrturbo.policy.device.Compute;

/**
 * PPO updates: all minibatches of all epochs in one call, between which parameters go nowhere.
 *
 * <p>Texts are padded to one of a few lengths, each with a training graph of its own made when it
 * is first met.
 */
public final class PpoTrainer implements AutoCloseable {
  private final PolicySpec spec;
  private final PpoSettings settings;
  private final int minibatch;
  private final TrainingSetup setup;
  private final TrainingRuntime runtime;
  private final TurnColumns columns;
  private final Map<Integer, TrainingLoop> loops = new ConcurrentHashMap<>();

  /** On the processor. */
  public PpoTrainer(
      PolicySpec spec, PpoSettings settings, int minibatch, Optimizer optimizer, int threads) {
    this(spec, settings, minibatch, optimizer, TrainingRuntime.on(Compute.cpu(threads)));
  }

  /**
   * All tensors alike, in float32.
   *
   * @param runtime runs the updates, and is closed with this trainer
   */
  public PpoTrainer(
      PolicySpec spec,
      PpoSettings settings,
      int minibatch,
      Optimizer optimizer,
      TrainingRuntime runtime) {
    this(
        spec,
        settings,
        minibatch,
        TrainingSetup.plain(PolicyNetwork.layout(spec), optimizer),
        runtime);
  }

  /**
   * @param setup what is trained, and how that is computed
   * @param runtime runs the updates, and is closed with this trainer
   */
  public PpoTrainer(
      PolicySpec spec,
      PpoSettings settings,
      int minibatch,
      TrainingSetup setup,
      TrainingRuntime runtime) {
    this.spec = spec;
    this.settings = settings;
    this.minibatch = minibatch;
    this.setup = setup;
    this.runtime = runtime;
    this.columns = new TurnColumns(spec);
  }

  /**
   * Takes one optimizer step per minibatch.
   *
   * @param turns the batch; where guidance is on, each with its teacher's side or its lesson
   * @param minibatches per step the turns of its minibatch, by their place in {@code turns}
   * @param coefficients per step
   */
  public Update update(
      TrainingState state,
      List<TrainingTurn> turns,
      int[][] minibatches,
      List<PpoCoefficients> coefficients) {
    int length = Scorer.paddedLength(spec, TurnColumns.allTexts(turns));
    Map<String, OnnxTensor> batch = columns.fill(columns.update(settings, length), turns);
    try {
      TrainingLoop.Result result =
          loops
              .computeIfAbsent(length, this::loop)
              .run(
                  state,
                  batch,
                  minibatches,
                  coefficients.stream().map(PpoCoefficients::line).toArray(float[][]::new));
      return new Update(result.state(), result.report());
    } finally {
      batch.values().forEach(OnnxTensor::close);
    }
  }

  private TrainingLoop loop(int length) {
    return new TrainingLoop(
        CachedParts.cut(setup, spec, minibatch, length, runtime),
        new TrainingLoop.Task(
            columns.update(settings, length),
            List.of(
                TrainingLoop.LEARNING_RATE,
                PpoLoss.POLICY,
                PpoLoss.VALUE,
                PpoLoss.ENTROPY,
                PpoLoss.GUIDANCE),
            new PpoLoss(spec, settings)),
        minibatch,
        runtime);
  }

  @Override
  public void close() {
    try (runtime) {
      loops.values().forEach(TrainingLoop::close);
    }
  }
}
