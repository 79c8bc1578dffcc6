package org.gtrturbo.policy.training;

import ai.onnxruntime.OnnxTensor;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.gtrturbo.policy.ObservationBatch;
import org.gtrturbo.policy.PolicyNetwork;
import org.gtrturbo.policy.PolicySpec;
import org.gtrturbo.policy.Scorer;
import org.gtrturbo.policy.device.Compute;
import org.gtrturbo.policy.graph.DataType;
import org.gtrturbo.policy.graph.OnnxSession;

/**
 * PPO updates: all minibatches of all epochs in one call of ONNX Runtime.
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
  }

  /**
   * Takes one optimizer step per minibatch.
   *
   * @param turns the batch; where guidance is on, each with its teacher's side
   * @param minibatches per step the turns of its minibatch, by their place in {@code turns}
   * @param coefficients per step
   */
  public Update update(
      TrainingState state,
      List<TrainingTurn> turns,
      int[][] minibatches,
      List<PpoCoefficients> coefficients) {
    int[][] tokens = turns.stream().map(turn -> turn.written().tokens()).toArray(int[][]::new);
    int length = Scorer.paddedLength(spec, tokens);
    ObservationBatch observations = new ObservationBatch(spec, turns.size());
    turns.forEach(turn -> observations.add(turn.picture(), turn.prompt()));
    Map<String, OnnxTensor> batch = new HashMap<>();
    try {
      batch.put("pixels", observations.pixelTensor());
      batch.put("prompt", observations.promptTensor());
      new Filling(turns, length).into(batch);
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
        setup,
        new TrainingLoop.Task(
            columns(length),
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

  private List<TrainingLoop.Column> columns(int length) {
    var picture = spec.picture();
    List<TrainingLoop.Column> columns = new ArrayList<>();
    columns.add(
        new TrainingLoop.Column(
            "pixels", DataType.UINT8, picture.height(), picture.width(), picture.channels()));
    columns.add(new TrainingLoop.Column("prompt", DataType.INT64, spec.text().promptTokens()));
    columns.add(new TrainingLoop.Column("tokens", DataType.INT64, length));
    columns.add(new TrainingLoop.Column("thought", DataType.FLOAT, length));
    columns.add(new TrainingLoop.Column("action", DataType.FLOAT, length));
    columns.add(new TrainingLoop.Column("logProbs", DataType.FLOAT, length));
    columns.add(new TrainingLoop.Column("advantage", DataType.FLOAT));
    columns.add(new TrainingLoop.Column("valueTarget", DataType.FLOAT));
    if (settings.valueClip().isPresent()) {
      columns.add(new TrainingLoop.Column("valueBefore", DataType.FLOAT));
    }
    switch (settings.guidance()) {
      case PpoSettings.Guidance.None _ -> {}
      case PpoSettings.Guidance.ClippedPenalty _ ->
          columns.add(new TrainingLoop.Column("teacherLogProbs", DataType.FLOAT, length));
      case PpoSettings.Guidance.KlLoss(int topK) -> {
        columns.add(new TrainingLoop.Column("teacherTop", DataType.FLOAT, length, topK));
        if (topK < spec.vocabularySize()) {
          columns.add(new TrainingLoop.Column("teacherTopTokens", DataType.INT64, length, topK));
        }
      }
    }
    return columns;
  }

  /** Lays a batch out in native memory, padded to {@code length} tokens. */
  private final class Filling {
    private final List<TrainingTurn> turns;
    private final int length;

    Filling(List<TrainingTurn> turns, int length) {
      this.turns = turns;
      this.length = length;
    }

    void into(Map<String, OnnxTensor> batch) {
      batch.put("tokens", tokens());
      batch.put(
          "thought", perToken((turn, place) -> place < turn.written().thoughtTokens() ? 1 : 0));
      batch.put(
          "action", perToken((turn, place) -> place < turn.written().thoughtTokens() ? 0 : 1));
      batch.put("logProbs", perToken((turn, place) -> turn.written().logProbs()[place]));
      batch.put("advantage", perTurn(turn -> turn.target().advantage()));
      batch.put("valueTarget", perTurn(turn -> turn.target().valueTarget()));
      if (settings.valueClip().isPresent()) {
        batch.put("valueBefore", perTurn(turn -> turn.target().valueBefore()));
      }
      switch (settings.guidance()) {
        case PpoSettings.Guidance.None _ -> {}
        case PpoSettings.Guidance.ClippedPenalty _ ->
            batch.put(
                "teacherLogProbs", perToken((turn, place) -> teacher(turn).logProbs()[place]));
        case PpoSettings.Guidance.KlLoss(int topK) -> {
          batch.put("teacherTop", teacherTop(topK));
          if (topK < spec.vocabularySize()) {
            batch.put("teacherTopTokens", teacherTopTokens(topK));
          }
        }
      }
    }

    private OnnxTensor tokens() {
      ByteBuffer buffer = TrainingLoop.direct(turns.size() * length * Long.BYTES);
      for (int row = 0; row < turns.size(); row++) {
        int[] tokens = turns.get(row).written().tokens();
        for (int place = 0; place < tokens.length; place++) {
          buffer.putLong((row * length + place) * Long.BYTES, tokens[place]);
        }
      }
      return OnnxSession.tensor(buffer, DataType.INT64, turns.size(), length);
    }

    private OnnxTensor perToken(OfToken number) {
      ByteBuffer buffer = TrainingLoop.direct(turns.size() * length * Float.BYTES);
      for (int row = 0; row < turns.size(); row++) {
        TrainingTurn turn = turns.get(row);
        for (int place = 0; place < turn.written().tokens().length; place++) {
          buffer.putFloat((row * length + place) * Float.BYTES, number.at(turn, place));
        }
      }
      return OnnxSession.tensor(buffer, DataType.FLOAT, turns.size(), length);
    }

    private OnnxTensor perTurn(OfTurn number) {
      ByteBuffer buffer = TrainingLoop.direct(turns.size() * Float.BYTES);
      turns.forEach(turn -> buffer.putFloat(number.of(turn)));
      return OnnxSession.tensor(buffer.flip(), DataType.FLOAT, turns.size());
    }

    private OnnxTensor teacherTop(int topK) {
      ByteBuffer buffer = TrainingLoop.direct(turns.size() * length * topK * Float.BYTES);
      for (int row = 0; row < turns.size(); row++) {
        float[] top = teacher(turns.get(row)).topLogProbs();
        int start = row * length * topK * Float.BYTES;
        for (int index = 0; index < top.length; index++) {
          buffer.putFloat(start + index * Float.BYTES, top[index]);
        }
      }
      return OnnxSession.tensor(buffer, DataType.FLOAT, turns.size(), length, topK);
    }

    private OnnxTensor teacherTopTokens(int topK) {
      ByteBuffer buffer = TrainingLoop.direct(turns.size() * length * topK * Long.BYTES);
      for (int row = 0; row < turns.size(); row++) {
        short[] top = teacher(turns.get(row)).topTokens();
        int start = row * length * topK * Long.BYTES;
        for (int index = 0; index < top.length; index++) {
          buffer.putLong(start + index * Long.BYTES, top[index]);
        }
      }
      return OnnxSession.tensor(buffer, DataType.INT64, turns.size(), length, topK);
    }

    private static TrainingTurn.TeacherSide teacher(TrainingTurn turn) {
      return turn.teacher()
          .orElseThrow(
              () ->
                  new IllegalArgumentException(
                      "guidance is on, so every turn of the batch needs its teacher's scores"));
    }
  }

  @FunctionalInterface
  private interface OfToken {
    float at(TrainingTurn turn, int place);
  }

  @FunctionalInterface
  private interface OfTurn {
    float of(TrainingTurn turn);
  }

  @Override
  public void close() {
    loops.values().forEach(TrainingLoop::close);
    runtime.close();
  }
}
