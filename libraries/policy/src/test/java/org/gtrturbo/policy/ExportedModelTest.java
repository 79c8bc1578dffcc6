package org.gtrturbo.policy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.onnx.proto.OnnxMl;
import ai.onnxruntime.OnnxJavaType;
import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtSession;
import ai.onnxruntime.TensorInfo;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SplittableRandom;
import org.gtrturbo.policy.files.OnnxModelFile;
import org.gtrturbo.policy.files.OnnxModelFile.Written;
import org.gtrturbo.policy.files.WeightFormat;
import org.gtrturbo.policy.graph.DataType;
import org.gtrturbo.policy.graph.OnnxSession;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * However a policy is written, ONNX Runtime opens it by its path and computes what the policy
 * computes: in one file or two, its weights whole or in fewer bits.
 */
final class ExportedModelTest {
  private static final int ROWS = 3;

  @TempDir private Path folder;
  private final PolicySpec spec = SmallPolicy.spec();
  private final Parameters parameters = SmallPolicy.parameters(spec, 5);
  private final PolicyFile policy = new PolicyFile(spec, parameters, Map.of("gtr.run", "r"));
  private Path file;

  @BeforeEach
  void nameTheFile() {
    file = folder.resolve("teacher.onnx");
  }

  @ParameterizedTest
  @CsvSource({"2147483647, false", "1000, true"})
  void aStockSessionComputesTheVerySameInOneFileOrTwo(long largest, boolean beside)
      throws Exception {
    Written written = policy.write(file, WeightFormat.FP32, largest);

    assertThat(written.data().isPresent()).isEqualTo(beside);
    assertThat(logits(file)).containsExactly(logits(stored(policy)));
  }

  @Test
  void oneFileIsReadBackAsThePolicyThatItIs() throws Exception {
    policy.write(file, WeightFormat.FP32, OnnxModelFile.LARGEST);

    PolicyFile read = PolicyFile.read(Files.readAllBytes(file));

    assertThat(read.spec()).isEqualTo(spec);
    assertThat(read.parameters().toArray()).isEqualTo(parameters.toArray());
    assertThat(read.metadata()).isEqualTo(Map.of("gtr.run", "r"));
  }

  @Test
  void weightsBesideTheModelAreNamedWithTheirPlaces() throws Exception {
    Written written = policy.write(file, WeightFormat.FP32, 1000);

    Path data = written.data().orElseThrow();
    assertThat(data).hasFileName("teacher.onnx.data");
    assertThat(written.bytes()).isEqualTo(Files.size(file) + Files.size(data));
    byte[] bytes = Files.readAllBytes(data);
    Map<String, ParameterLayout.Slot> slots = new HashMap<>();
    parameters.layout().slots().forEach(slot -> slots.put(slot.name(), slot));
    List<String> named = new ArrayList<>();
    long end = 0;
    for (OnnxMl.TensorProto tensor : initializers(file)) {
      if (tensor.getDataLocation() == OnnxMl.TensorProto.DataLocation.EXTERNAL) {
        Map<String, String> place = new HashMap<>();
        tensor.getExternalDataList().forEach(entry -> place.put(entry.getKey(), entry.getValue()));
        int offset = Integer.parseInt(place.get("offset"));
        int length = Integer.parseInt(place.get("length"));
        assertThat(place).containsEntry("location", "teacher.onnx.data");
        assertThat(offset % 4096).isZero();
        assertThat((long) offset).isGreaterThanOrEqualTo(end);
        assertThat(tensor.hasRawData()).isFalse();
        assertThat(Arrays.copyOfRange(bytes, offset, offset + length))
            .isEqualTo(
                parameters.slice(slots.get(tensor.getName())).toArray(ValueLayout.JAVA_BYTE));
        named.add(tensor.getName());
        end = offset + length;
      }
    }
    assertThat(named).hasSizeGreaterThan(5);
    assertThat(Files.size(file)).isLessThan(parameters.layout().size() * Float.BYTES);
  }

  @ParameterizedTest
  @EnumSource(names = {"FP16", "INT8"})
  void inFewerBitsAModelComputesWithTheRestoredWeights(WeightFormat format) throws Exception {
    policy.write(file, format, OnnxModelFile.LARGEST);

    Parameters restored = policy.restored(format);

    assertThat(logits(file))
        .containsExactly(logits(stored(new PolicyFile(spec, restored, Map.of()))));
    assertThat(restored.toArray()).isNotEqualTo(parameters.toArray());
    try (OnnxSession session = OnnxSession.open(Files.readAllBytes(file), 1)) {
      assertThat(session.metadata())
          .containsEntry("gtr.weights", format.name().toLowerCase(Locale.ROOT));
    }
  }

  @ParameterizedTest
  @CsvSource({
    "FP32, 1000",
    "FP16, 2147483647",
    "FP16, 1000",
    "INT8, 2147483647",
    "INT8, 1000",
  })
  void howeverItIsKeptItIsReadBackAsWhatItComputesWith(WeightFormat format, long largest)
      throws Exception {
    policy.write(file, format, largest);

    PolicyFile read = PolicyFile.read(file);

    assertThat(read.spec()).isEqualTo(spec);
    assertThat(read.parameters().toArray()).isEqualTo(policy.restored(format).toArray());
    assertThat(read.metadata()).isEqualTo(Map.of("gtr.run", "r"));
  }

  @Test
  void aModelWithoutTheFileBesideItSaysSo() throws Exception {
    Written written = policy.write(file, WeightFormat.FP32, 1000);
    Files.delete(written.data().orElseThrow());

    assertThatThrownBy(() -> PolicyFile.read(file))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("teacher.onnx.data");
  }

  @Test
  void restoredWeightsLieAsCloseAsTheirBitsAllow() {
    Parameters half = policy.restored(WeightFormat.FP16);
    Parameters byteWide = policy.restored(WeightFormat.INT8);

    for (ParameterLayout.Slot slot : parameters.layout().slots()) {
      double largest = 0;
      for (long index = slot.offset(); index < slot.offset() + slot.elements(); index++) {
        largest = Math.max(largest, Math.abs(parameters.get(index)));
      }
      for (long index = slot.offset(); index < slot.offset() + slot.elements(); index++) {
        float value = parameters.get(index);
        assertThat(half.get(index)).isEqualTo(Float.float16ToFloat(Float.floatToFloat16(value)));
        if (slot.shape().length < 2) {
          assertThat(byteWide.get(index)).isEqualTo(value);
        } else {
          assertThat(Math.abs(byteWide.get(index) - value)).isLessThan((float) (largest / 253));
        }
      }
    }
  }

  @Test
  void theFileIsHalfAndAQuarterAsLarge() {
    long whole = policy.write(file, WeightFormat.FP32, OnnxModelFile.LARGEST).bytes();
    long weights = parameters.layout().parameters() * Float.BYTES;

    long half = policy.write(file, WeightFormat.FP16, OnnxModelFile.LARGEST).bytes();
    long quarter = policy.write(file, WeightFormat.INT8, OnnxModelFile.LARGEST).bytes();

    assertThat(whole - half).isBetween((long) (0.3 * weights), weights / 2);
    assertThat(quarter).isLessThan(half);
  }

  @Test
  void whatFloat16CannotHoldIsRefusedAndTheOldFileStays() throws Exception {
    Files.writeString(file, "before");
    parameters.set(7, 70_000);

    assertThatThrownBy(() -> policy.write(file, WeightFormat.FP16, OnnxModelFile.LARGEST))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("holds 70000.0 at element 7")
        .hasMessageContaining("export it in fp32 or int8");
    assertThat(file).hasContent("before");
  }

  @ParameterizedTest
  @EnumSource(WeightFormat.class)
  void aBroughtPolicyIsExportedAlike(WeightFormat format) throws Exception {
    PolicyFolder brought = PolicyFolder.read(Path.of("../../examples/policies/cnn"));
    var exported = new PolicyFile(brought.spec(), brought.weights(), Map.of());

    exported.write(file, format, 2000);

    Parameters restored = exported.restored(format);
    Path expected = stored(new PolicyFile(brought.spec(), restored, Map.of()));
    assertThat(weights(PolicyFile.read(file))).isEqualTo(weights(PolicyFile.read(expected)));
    assertThat(signature(file)).isEqualTo(signature(expected));
    assertThat(computed(file, brought.spec())).containsExactly(computed(expected, brought.spec()));
  }

  private Path stored(PolicyFile whole) throws Exception {
    return Files.write(folder.resolve("whole.onnx"), whole.toOnnx());
  }

  private static List<OnnxMl.TensorProto> initializers(Path model) throws Exception {
    return OnnxMl.ModelProto.parseFrom(Files.readAllBytes(model)).getGraph().getInitializerList();
  }

  /** By name: the order is the file's. */
  private static Map<String, List<Byte>> weights(PolicyFile policy) {
    Map<String, List<Byte>> weights = new HashMap<>();
    for (ParameterLayout.Slot slot : policy.parameters().layout().slots()) {
      List<Byte> bytes = new ArrayList<>();
      for (byte each : policy.parameters().slice(slot).toArray(ValueLayout.JAVA_BYTE)) {
        bytes.add(each);
      }
      weights.put(slot.name(), bytes);
    }
    return weights;
  }

  private static String signature(Path model) throws Exception {
    try (OrtSession session = OrtEnvironment.getEnvironment().createSession(model.toString())) {
      return session.getInputNames() + " " + session.getOutputNames();
    }
  }

  private float[] logits(Path model) throws Exception {
    return computed(model, spec);
  }

  /** By its path alone, as anyone would open it. */
  private static float[] computed(Path model, PolicySpec spec) throws Exception {
    var random = new SplittableRandom(6);
    ObservationBatch observations = SmallPolicy.observations(spec, ROWS, random);
    int length = spec.text().generatedTokens();
    ByteBuffer generated =
        ByteBuffer.allocateDirect(ROWS * length * Long.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    for (int row = 0; row < ROWS; row++) {
      for (int token : SmallPolicy.words(spec, length, random)) {
        generated.putLong(token);
      }
    }
    PolicySpec.Ports ports =
        spec.network() instanceof PolicySpec.ImportedSpec imported
            ? imported.ports()
            : PolicySpec.Ports.USUAL;
    try (OrtSession session = OrtEnvironment.getEnvironment().createSession(model.toString());
        OnnxTensor pixels = pixels(session, ports, observations, spec);
        OnnxTensor prompts = observations.promptTensor();
        OnnxTensor texts = OnnxSession.tensor(generated.flip(), DataType.INT64, ROWS, length);
        OrtSession.Result outputs =
            session.run(
                Map.of(
                    ports.inputs().pixels(), pixels,
                    ports.inputs().prompt(), prompts,
                    ports.inputs().generated(), texts))) {
      var values =
          ((OnnxTensor) outputs.get(ports.outputs().logits()).orElseThrow()).getFloatBuffer();
      float[] copy = new float[values.remaining()];
      values.get(copy);
      return copy;
    }
  }

  private static OnnxTensor pixels(
      OrtSession session, PolicySpec.Ports ports, ObservationBatch observations, PolicySpec spec)
      throws Exception {
    var info = (TensorInfo) session.getInputInfo().get(ports.inputs().pixels()).getInfo();
    if (info.type == OnnxJavaType.UINT8) {
      return observations.pixelTensor();
    }
    ByteBuffer floats =
        ByteBuffer.allocateDirect(ROWS * spec.picture().pixels() * Float.BYTES)
            .order(ByteOrder.LITTLE_ENDIAN);
    var random = new SplittableRandom(8);
    while (floats.hasRemaining()) {
      floats.putFloat((float) random.nextDouble());
    }
    long[] shape = info.getShape();
    shape[0] = ROWS;
    return OnnxSession.tensor(floats.flip(), DataType.FLOAT, shape);
  }
}
