package org.gtrturbo.policy.training;

import ai.onnxruntime.OnnxTensor;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.gtrturbo.policy.ObservationBatch;
import org.gtrturbo.policy.PolicySpec;
import org.gtrturbo.policy.graph.DataType;
import org.gtrturbo.policy.graph.OnnxSession;
import org.gtrturbo.policy.graph.Shape;
import org.gtrturbo.policy.losses.Divergence;
import org.gtrturbo.policy.losses.Estimator;
import org.gtrturbo.policy.losses.Guidance;

/**
 * Turns as the columns of a graph's batch: which there are, and their rows in native memory, texts
 * padded to one length.
 */
final class TurnColumns {
  static final String PROXIMAL_LOG_PROBS = "proximalLogProbs";
  static final String LESSON_PIXELS = "lessonPixels";
  static final String LESSON_PROMPT = "lessonPrompt";
  static final String LESSON_TOKENS = "lessonTokens";
  static final String LESSON_THOUGHT = "lessonThought";

  private final PolicySpec spec;

  TurnColumns(PolicySpec spec) {
    this.spec = spec;
  }

  /** What a policy reads. */
  List<TrainingLoop.Column> texts(int length) {
    var picture = spec.picture();
    return List.of(
        new TrainingLoop.Column(
            "pixels", DataType.UINT8, picture.height(), picture.width(), picture.channels()),
        new TrainingLoop.Column("prompt", DataType.INT64, spec.text().promptTokens()),
        new TrainingLoop.Column("tokens", DataType.INT64, length));
  }

  /** The teacher's side that an estimator looks at. */
  List<TrainingLoop.Column> teacher(Estimator estimator, int length) {
    int topK = estimator.words();
    if (topK == 0) {
      return List.of(new TrainingLoop.Column(Divergence.TEACHER_LOG_PROBS, DataType.FLOAT, length));
    }
    List<TrainingLoop.Column> columns = new ArrayList<>();
    columns.add(new TrainingLoop.Column(Divergence.TEACHER_TOP, DataType.FLOAT, length, topK));
    if (topK < spec.vocabularySize()) {
      columns.add(
          new TrainingLoop.Column(Divergence.TEACHER_TOP_TOKENS, DataType.INT64, length, topK));
    }
    return columns;
  }

  /** Everything that the PPO loss looks at. */
  List<TrainingLoop.Column> update(PpoSettings settings, int length) {
    List<TrainingLoop.Column> columns = new ArrayList<>(texts(length));
    columns.add(new TrainingLoop.Column("thought", DataType.FLOAT, length));
    columns.add(new TrainingLoop.Column("action", DataType.FLOAT, length));
    columns.add(new TrainingLoop.Column("logProbs", DataType.FLOAT, length));
    columns.add(new TrainingLoop.Column("advantage", DataType.FLOAT));
    columns.add(new TrainingLoop.Column("valueTarget", DataType.FLOAT));
    if (settings.value().clip().isPresent()) {
      columns.add(new TrainingLoop.Column("valueBefore", DataType.FLOAT));
    }
    if (settings.surrogate().decoupling().isPresent()) {
      columns.add(new TrainingLoop.Column(PROXIMAL_LOG_PROBS, DataType.FLOAT, length));
    }
    settings
        .distanceInUpdate()
        .ifPresent(distance -> columns.addAll(teacher(distance.estimator(), length)));
    if (settings.guidance() instanceof Guidance.Thoughts) {
      var picture = spec.picture();
      columns.add(
          new TrainingLoop.Column(
              LESSON_PIXELS,
              DataType.UINT8,
              picture.height(),
              picture.width(),
              picture.channels()));
      columns.add(
          new TrainingLoop.Column(LESSON_PROMPT, DataType.INT64, spec.text().promptTokens()));
      columns.add(new TrainingLoop.Column(LESSON_TOKENS, DataType.INT64, length));
      columns.add(new TrainingLoop.Column(LESSON_THOUGHT, DataType.FLOAT, length));
    }
    return columns;
  }

  /**
   * The rows of some columns; the caller closes them.
   *
   * @param columns any of those that this names
   * @throws IllegalArgumentException if a column is larger than one tensor may be, or a turn lacks
   *     what it needs; the message names the settings
   */
  Map<String, OnnxTensor> fill(List<TrainingLoop.Column> columns, List<TrainingTurn> turns) {
    Map<String, OnnxTensor> batch = new LinkedHashMap<>();
    try {
      for (TrainingLoop.Column column : columns) {
        batch.put(column.name(), new Filling(turns, column).tensor());
      }
    } catch (RuntimeException e) {
      batch.values().forEach(OnnxTensor::close);
      throw e;
    }
    return batch;
  }

  /** One column. */
  private final class Filling {
    private final List<TrainingTurn> turns;
    private final TrainingLoop.Column column;

    Filling(List<TrainingTurn> turns, TrainingLoop.Column column) {
      this.turns = turns;
      this.column = column;
    }

    OnnxTensor tensor() {
      return switch (column.name()) {
        case "pixels" -> observations(turns.stream().map(TurnColumns::seen)).pixelTensor();
        case "prompt" -> observations(turns.stream().map(TurnColumns::seen)).promptTensor();
        case LESSON_PIXELS -> observations(turns.stream().map(TurnColumns::lesson)).pixelTensor();
        case LESSON_PROMPT -> observations(turns.stream().map(TurnColumns::lesson)).promptTensor();
        case "tokens" -> integers(turn -> turn.written().tokens());
        case LESSON_TOKENS -> integers(turn -> lesson(turn).thought());
        case Divergence.TEACHER_TOP_TOKENS -> topTokens();
        default -> floats(numbers());
      };
    }

    private OfTurn numbers() {
      return switch (column.name()) {
        case "thought" -> turn -> mask(turn, true);
        case "action" -> turn -> mask(turn, false);
        case LESSON_THOUGHT -> turn -> ones(lesson(turn).thought().length);
        case "logProbs" -> turn -> turn.written().logProbs();
        case PROXIMAL_LOG_PROBS -> turn -> turn.written().proximal();
        case "advantage" -> turn -> new float[] {turn.target().advantage()};
        case "valueTarget" -> turn -> new float[] {turn.target().valueTarget()};
        case "valueBefore" -> turn -> new float[] {turn.target().valueBefore()};
        case Divergence.TEACHER_LOG_PROBS -> turn -> teacher(turn).logProbs();
        case Divergence.TEACHER_TOP -> turn -> teacher(turn).topLogProbs();
        default -> throw new IllegalArgumentException("no turn has a column " + column.name());
      };
    }

    private ObservationBatch observations(Stream<TrainingTurn.Lesson> seen) {
      ObservationBatch observations = new ObservationBatch(spec, turns.size());
      seen.forEach(each -> observations.add(each.picture(), each.prompt()));
      return observations;
    }

    private OnnxTensor integers(OfTokens of) {
      ByteBuffer buffer = room();
      int each = elements();
      for (int row = 0; row < turns.size(); row++) {
        int[] tokens = of.of(turns.get(row));
        for (int place = 0; place < tokens.length; place++) {
          buffer.putLong((row * each + place) * Long.BYTES, tokens[place]);
        }
      }
      return tensor(buffer);
    }

    private OnnxTensor topTokens() {
      ByteBuffer buffer = room();
      int each = elements();
      for (int row = 0; row < turns.size(); row++) {
        int[] top = teacher(turns.get(row)).topTokens();
        for (int index = 0; index < top.length; index++) {
          buffer.putLong((row * each + index) * Long.BYTES, top[index]);
        }
      }
      return tensor(buffer);
    }

    private OnnxTensor floats(OfTurn of) {
      ByteBuffer buffer = room();
      int each = elements();
      for (int row = 0; row < turns.size(); row++) {
        float[] numbers = of.of(turns.get(row));
        for (int index = 0; index < numbers.length; index++) {
          buffer.putFloat((row * each + index) * Float.BYTES, numbers[index]);
        }
      }
      return tensor(buffer);
    }

    /** Elements of one row. */
    private int elements() {
      return Math.toIntExact(Shape.of(column.rowShape()).elements());
    }

    /** Zeros for all rows, whose places are ints all of them. */
    private ByteBuffer room() {
      long bytes =
          Math.multiplyExact(
              turns.size() * (long) column.type().bytes(), Shape.of(column.rowShape()).elements());
      if (bytes > Integer.MAX_VALUE) {
        throw new IllegalArgumentException(
            "%s of %d turns at once, %s of %s each, needs %d bytes, and %d are the most: set %s"
                .formatted(
                    column.name(),
                    turns.size(),
                    Shape.of(column.rowShape()),
                    column.type(),
                    bytes,
                    Integer.MAX_VALUE,
                    isOfWords()
                        ? "guidance.topK to fewer of the teacher's likeliest words, or"
                            + " learner.turnsPerUpdate to fewer turns"
                        : "learner.turnsPerUpdate to fewer turns"));
      }
      return TrainingLoop.direct((int) bytes);
    }

    private boolean isOfWords() {
      return column.name().equals(Divergence.TEACHER_TOP)
          || column.name().equals(Divergence.TEACHER_TOP_TOKENS);
    }

    private OnnxTensor tensor(ByteBuffer buffer) {
      long[] shape = new long[column.rowShape().length + 1];
      shape[0] = turns.size();
      System.arraycopy(column.rowShape(), 0, shape, 1, column.rowShape().length);
      return OnnxSession.tensor(buffer, column.type(), shape);
    }
  }

  private static TrainingTurn.Lesson seen(TrainingTurn turn) {
    return new TrainingTurn.Lesson(turn.picture(), turn.prompt(), new int[0]);
  }

  private static TrainingTurn.Lesson lesson(TrainingTurn turn) {
    return turn.lesson()
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    "thoughts are learned, so every turn of the batch needs a lesson beside it"));
  }

  private static TrainingTurn.TeacherSide teacher(TrainingTurn turn) {
    return turn.teacher()
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    "guidance is on, so every turn of the batch needs its teacher's scores"));
  }

  private static float[] mask(TrainingTurn turn, boolean ofThought) {
    float[] mask = new float[turn.written().tokens().length];
    for (int place = 0; place < mask.length; place++) {
      mask[place] = place < turn.written().thoughtTokens() == ofThought ? 1 : 0;
    }
    return mask;
  }

  private static float[] ones(int length) {
    float[] ones = new float[length];
    Arrays.fill(ones, 1);
    return ones;
  }

  /** Every text of some turns, their lessons' included. */
  static int[][] allTexts(List<TrainingTurn> turns) {
    List<int[]> texts = new ArrayList<>();
    for (TrainingTurn turn : turns) {
      texts.add(turn.written().tokens());
      Optional<TrainingTurn.Lesson> lesson = turn.lesson();
      lesson.ifPresent(each -> texts.add(each.thought()));
    }
    return texts.toArray(int[][]::new);
  }

  @FunctionalInterface
  private interface OfTokens {
    int[] of(TrainingTurn turn);
  }

  @FunctionalInterface
  private interface OfTurn {
    float[] of(TrainingTurn turn);
  }
}
