package org.gtrturbo.benchmarks;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.gtrturbo.platform.settings.Settings;
import org.gtrturbo.policy.Parameters;
import org.gtrturbo.policy.PolicySpec;
import org.gtrturbo.policy.VisionLanguageModel;
import org.gtrturbo.policy.Vocabulary;
import org.gtrturbo.policy.training.TrainingTurn;

/**
 * A case as peers read it: {@code case.json}, and each tensor as a file of little-endian numbers
 * whose name ends in {@code f32}, {@code i64} or {@code u8}.
 */
final class CaseFolder {
  private final Path folder;
  private final ComparedCase compared;
  private final List<TrainingTurn> turns;
  private final int length;
  private final List<Map<String, Object>> columns = new ArrayList<>();

  private CaseFolder(Path folder, ComparedCase compared) {
    this.folder = folder;
    this.compared = compared;
    this.turns = compared.turns();
    this.length = turns.stream().mapToInt(turn -> turn.written().tokens().length).max().orElse(0);
  }

  /** Writes weights, turns and settings of {@code compared} into {@code folder}. */
  static void write(
      Path folder, ComparedCase compared, Settings settings, Parameters parameters, float[] draws) {
    CaseFolder writing = new CaseFolder(folder, compared);
    try {
      writing.tensors(parameters, draws);
      new ObjectMapper()
          .writeValue(folder.resolve("case.json").toFile(), writing.description(settings));
    } catch (IOException e) {
      throw new UncheckedIOException("cannot write the case into " + folder, e);
    }
  }

  private Map<String, Object> description(Settings settings) {
    PolicySpec spec = compared.spec();
    var learner = settings.learner();
    Map<String, Object> described = new LinkedHashMap<>();
    described.put("height", spec.picture().height());
    described.put("width", spec.picture().width());
    described.put("channels", spec.picture().channels());
    described.put("patchHeight", spec.picture().patchHeight());
    described.put("patchWidth", spec.picture().patchWidth());
    described.put("promptTokens", spec.text().promptTokens());
    described.put("generatedTokens", spec.text().generatedTokens());
    described.put("marker", new Vocabulary(spec.text().words()).actionMarker());
    described.put("modelWidth", spec.transformer().width());
    described.put("layers", spec.transformer().layers());
    described.put("heads", spec.transformer().heads());
    described.put("length", length);
    described.put("minibatches", compared.minibatches());
    described.put("texts", compared.texts());
    described.put("batches", ComparedCase.BATCHES);
    described.put("temperature", settings.actor().temperature());
    described.put("clip", learner.clip());
    described.put("thoughtWeight", learner.thoughtCoefficient());
    described.put("valueCoefficient", learner.valueCoefficient());
    described.put("entropyCoefficient", learner.entropyCoefficient());
    described.put("guidance", settings.guidance().coefficient());
    described.put("learningRate", learner.learningRate());
    described.put("beta1", learner.beta1());
    described.put("beta2", learner.beta2());
    described.put("epsilon", learner.epsilon());
    described.put("weightDecay", learner.weightDecay());
    described.put("maxGradientNorm", learner.maxGradientNorm());
    described.put("columns", columns);
    described.put(
        "parameters",
        VisionLanguageModel.layout(spec).slots().stream()
            .map(
                slot -> Map.of("name", slot.name(), "shape", slot.shape(), "offset", slot.offset()))
            .toList());
    return described;
  }

  private void tensors(Parameters parameters, float[] draws) throws IOException {
    PolicySpec spec = compared.spec();
    var picture = spec.picture();
    int words = spec.vocabularySize();
    Files.write(folder.resolve("parameters.f32"), bytes(parameters));
    column(
        "pixels",
        "u8",
        picture.pixels(),
        List.of(picture.height(), picture.width(), picture.channels()),
        (row, turn) -> row.put(turn.picture()));
    column(
        "prompt",
        "i64",
        spec.text().promptTokens() * Long.BYTES,
        List.of(spec.text().promptTokens()),
        (row, turn) -> {
          for (int token : turn.prompt()) {
            row.putLong(token);
          }
        });
    column(
        "tokens",
        "i64",
        length * Long.BYTES,
        List.of(length),
        (row, turn) -> {
          for (int token : turn.written().tokens()) {
            row.putLong(token);
          }
        });
    perToken("thought", (turn, place) -> place < turn.written().thoughtTokens() ? 1 : 0);
    perToken("action", (turn, place) -> place < turn.written().thoughtTokens() ? 0 : 1);
    perToken("logProbs", (turn, place) -> turn.written().logProbs()[place]);
    column(
        "advantage",
        "f32",
        Float.BYTES,
        List.of(),
        (row, turn) -> row.putFloat(turn.target().advantage()));
    column(
        "valueTarget",
        "f32",
        Float.BYTES,
        List.of(),
        (row, turn) -> row.putFloat(turn.target().valueTarget()));
    column(
        "teacherTop",
        "f32",
        length * words * Float.BYTES,
        List.of(length, words),
        (row, turn) -> {
          for (float logProb : turn.teacher().orElseThrow().topLogProbs()) {
            row.putFloat(logProb);
          }
        });
    byte[] drawn = new byte[draws.length * Float.BYTES];
    little(drawn).asFloatBuffer().put(draws);
    Files.write(folder.resolve("draws.f32"), drawn);
    columns.add(
        Map.of(
            "name", "draws", "kind", "f32", "shape", List.of(-1, spec.text().generatedTokens())));
  }

  private interface OfToken {
    float at(TrainingTurn turn, int place);
  }

  private interface Row {
    void put(ByteBuffer row, TrainingTurn turn);
  }

  private void perToken(String name, OfToken number) throws IOException {
    column(
        name,
        "f32",
        length * Float.BYTES,
        List.of(length),
        (row, turn) -> {
          for (int place = 0; place < turn.written().tokens().length; place++) {
            row.putFloat(number.at(turn, place));
          }
        });
  }

  private void column(String name, String kind, int rowBytes, List<Integer> rowShape, Row fill)
      throws IOException {
    byte[] all = new byte[turns.size() * rowBytes];
    for (int row = 0; row < turns.size(); row++) {
      fill.put(little(all).position(row * rowBytes), turns.get(row));
    }
    Files.write(folder.resolve(name + "." + kind), all);
    List<Integer> shape = new ArrayList<>(rowShape);
    shape.addFirst(turns.size());
    columns.add(Map.of("name", name, "kind", kind, "shape", shape));
  }

  private static byte[] bytes(Parameters parameters) {
    byte[] bytes = new byte[Math.toIntExact(parameters.values().byteSize())];
    parameters.buffer().get(bytes);
    return bytes;
  }

  private static ByteBuffer little(byte[] bytes) {
    return ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
  }
}
