package org.gtrturbo.policy.files;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Files that others have made are read as they are, by name, type and place, and copied with other
 * weights and nothing else changed.
 */
final class TensorFileTest {
  private static final Path FILES = Path.of("src/test/resources/tensors");
  private static final float[] VALUES = {0, -0f, 1.5f, -2.25f, 1e-3f, 65504};

  @TempDir private Path folder;

  @Test
  void aSafetensorsFileHasItsTensorsByNameTypeAndShape() {
    try (TensorFile file = TensorFile.open(FILES.resolve("small.safetensors"))) {
      assertThat(file.tensors())
          .extracting(StoredTensor::toString)
          .containsExactly(
              "whole FLOAT32[2, 3]",
              "half FLOAT16[2, 3]",
              "brain BFLOAT16[2, 3]",
              "steps INT64[2]",
              "scale FLOAT32[]");
      assertThat(file.weights())
          .extracting(StoredTensor::name)
          .containsExactly("whole", "half", "brain");
      assertThat(file.metadata()).isEqualTo(Map.of("format", "pt"));
    }
  }

  @Test
  void floatsOfSixteenBitsAreWidenedAndNarrowedAsNumpyDoes() {
    try (TensorFile file = TensorFile.open(FILES.resolve("small.safetensors"))) {
      assertThat(widened(file.weights().get(0))).containsExactly(VALUES);
      assertThat(widened(file.weights().get(1)))
          .containsExactly(0, -0f, 1.5f, -2.25f, 0.0010004044f, 65504);
      assertThat(widened(file.weights().get(2)))
          .containsExactly(0, -0f, 1.5f, -2.25f, 0.00099945068f, 65536);
      for (StoredTensor narrow : file.weights().subList(1, 3)) {
        MemorySegment again = MemorySegment.ofArray(new byte[12]);
        Floats.narrow(narrow.type(), floats(VALUES), again);
        assertThat(again.mismatch(narrow.bytes())).isEqualTo(-1);
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"small.onnx", "beside.onnx"})
  void anOnnxModelHasItsInitializersInItOrBesideIt(String name) {
    try (TensorFile file = TensorFile.open(FILES.resolve(name))) {
      assertThat(file.tensors())
          .extracting(StoredTensor::name)
          .containsExactly("whole", "gain", "bias", "mean", "variance", "steps", "scale");
      assertThat(file.weights())
          .extracting(StoredTensor::toString)
          .containsExactly("whole FLOAT32[2, 3]", "gain FLOAT32[3]", "bias FLOAT32[3]");
      assertThat(widened(file.weights().get(0))).containsExactly(VALUES);
      assertThat(widened(file.weights().get(1))).containsExactly(1, 2, 3);
      assertThat(file.metadata()).isEqualTo(Map.of("gtr.run", "r", "made", "here"));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"small.safetensors", "small.onnx", "beside.onnx"})
  void aCopyHasTheWeightsThatAreWrittenAndAllElseAsItWas(String name) {
    Path target = folder.resolve("copy" + name.substring(name.indexOf('.')));
    try (TensorFile file = TensorFile.open(FILES.resolve(name))) {
      try (WritableCopy copy = file.copyTo(target, Map.of("by", "test"))) {
        copy.weight("whole").copyFrom(floats(9, 8, 7, 6, 5, 4));
        assertThat(target).doesNotExist();
        copy.finish();
      }
      try (TensorFile copied = TensorFile.open(target)) {
        assertThat(copied.metadata()).isEqualTo(Map.of("by", "test"));
        assertThat(widened(copied.weights().getFirst())).containsExactly(9, 8, 7, 6, 5, 4);
        List<StoredTensor> others = copied.tensors();
        for (int index = 1; index < others.size(); index++) {
          StoredTensor before = file.tensors().get(index);
          assertThat(others.get(index)).hasToString(before.toString());
          assertThat(others.get(index).bytes().mismatch(before.bytes())).isEqualTo(-1);
        }
      }
    }
    assertThat(left()).containsExactlyInAnyOrderElementsOf(filesOf(name, target));
  }

  private static List<String> filesOf(String name, Path target) {
    String model = target.getFileName().toString();
    return name.startsWith("beside") ? List.of(model, model + ".data") : List.of(model);
  }

  @Test
  void aCopyThatIsNotFinishedLeavesNothing() {
    try (TensorFile file = TensorFile.open(FILES.resolve("beside.onnx"));
        WritableCopy copy = file.copyTo(folder.resolve("copy.onnx"), Map.of())) {
      copy.weight("whole").fill((byte) 1);
    }
    assertThat(left()).isEmpty();
  }

  @Test
  void whatIsNoSuchFileIsRefusedWithItsName() throws Exception {
    Path missing = folder.resolve("missing.onnx");
    Path strange = Files.writeString(folder.resolve("strange.onnx"), "\377 no model at all");
    Path text = Files.writeString(folder.resolve("text.safetensors"), "no tensors at all here");

    assertThatThrownBy(() -> TensorFile.open(missing)).hasMessageContaining("no file " + missing);
    assertThatThrownBy(() -> TensorFile.open(strange)).hasMessageContaining(strange.toString());
    assertThatThrownBy(() -> TensorFile.open(text))
        .hasMessageContaining(text + " is no safetensors file");
    assertThatThrownBy(() -> TensorFile.open(folder.resolve("a.bin")))
        .hasMessageEndingWith("must end in .onnx or .safetensors");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,4]}}",
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,400]}}",
        "{\"a\":{\"dtype\":\"F8\",\"shape\":[1],\"data_offsets\":[0,4]}}",
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[-1],\"data_offsets\":[0,4]}}",
        "[]"
      })
  void aHeaderThatSpeaksOfOtherBytesIsRefused(String header) throws Exception {
    byte[] text = header.getBytes(StandardCharsets.UTF_8);
    ByteBuffer file = ByteBuffer.allocate(8 + text.length + 4).order(ByteOrder.LITTLE_ENDIAN);
    Path path =
        Files.write(
            folder.resolve("wrong.safetensors"), file.putLong(text.length).put(text).array());

    assertThatThrownBy(() -> TensorFile.open(path))
        .isInstanceOf(UnreadableTensorsException.class)
        .hasMessageContaining(path.toString());
  }

  private List<String> left() {
    try (Stream<Path> files = Files.list(folder)) {
      return files.map(file -> file.getFileName().toString()).toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static MemorySegment floats(float... values) {
    ByteBuffer bytes =
        ByteBuffer.allocate(values.length * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    bytes.asFloatBuffer().put(values);
    return MemorySegment.ofBuffer(bytes);
  }

  private static float[] widened(StoredTensor tensor) {
    MemorySegment floats = MemorySegment.ofArray(new byte[(int) tensor.elements() * Float.BYTES]);
    Floats.widen(tensor.type(), tensor.bytes(), floats);
    return floats.toArray(ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN));
  }
}
