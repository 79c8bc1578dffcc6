package org.gtrturbo.policy.device;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.gtrturbo.policy.graph.ModelException;
import org.gtrturbo.policy.graph.OnnxSession;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What is said, and done, where a GPU is wanted: all that is missing, at once, and by its name. */
final class DeviceChoiceTest {
  private static final Device.Cuda WANTED = Device.Cuda.number(0);
  private static final Gpu GPU = new Gpu(0, "NVIDIA H200", 139L << 30);
  private static final CudaInstallation WHOLE = new CudaInstallation(List.of(GPU), List.of());
  private static final CudaInstallation LACKING =
      new CudaInstallation(List.of(), List.of("libcuda.so.1: the driver", "libcudnn.so.9: cuDNN"));

  @TempDir Path folder;

  @Test
  void aGpuThatIsThereIsTakenWithoutAWord() {
    List<String> said = new ArrayList<>();

    assertThat(new DeviceChoice(WANTED, false).settle(WANTED, WHOLE, said::add)).isEqualTo(WANTED);
    assertThat(said).isEmpty();
  }

  @Test
  void withoutFallbackARefusalNamesAllThatIsMissing() {
    assertThatThrownBy(() -> new DeviceChoice(WANTED, false).settle(WANTED, LACKING, _ -> {}))
        .isInstanceOf(DeviceException.class)
        .hasMessageContaining("libcuda.so.1: the driver; libcudnn.so.9: cuDNN")
        .hasMessageContaining("device.fallback=cpu");
  }

  @Test
  void withFallbackTheProcessorIsTakenAndTheReasonSaid() {
    List<String> said = new ArrayList<>();

    assertThat(new DeviceChoice(WANTED, true).settle(WANTED, LACKING, said::add))
        .isEqualTo(Device.CPU);
    assertThat(said)
        .singleElement()
        .asString()
        .contains("libcuda.so.1", "on the processor instead");
  }

  @Test
  void aGpuBeyondThoseOfTheDriverIsRefused() {
    Device.Cuda second = Device.Cuda.number(1);

    assertThatThrownBy(() -> new DeviceChoice(second, false).settle(second, WHOLE, _ -> {}))
        .hasMessageContaining("cuda:1")
        .hasMessageContaining("NVIDIA H200");
  }

  @Test
  void theProcessorNeedsNothingOfAGpu() {
    assertThat(
            new DeviceChoice(Device.CPU, false)
                .settle(
                    why -> {
                      throw new AssertionError(why);
                    }))
        .isEqualTo(Device.CPU);
  }

  @Test
  void librariesForTheProcessorAloneAreNamedWithTheWayToOthers() {
    assertThat(CudaInstallation.find(false, Optional.empty()).missing())
        .anySatisfy(missing -> assertThat(missing).contains("-Pcuda13", "GTR_NATIVES=cuda13"));
  }

  @Test
  void everyLibraryThatTheFolderAsksForAndTheLoaderLacksIsNamed() throws IOException {
    Files.writeString(
        folder.resolve(NativeFolder.DESCRIPTION),
        "cuda=13\nlibraries=libc.so.6, libcublasLt-nowhere.so.13,libcudnn-nowhere.so.9\n");

    assertThat(CudaInstallation.find(true, Optional.of(NativeFolder.read(folder))).missing())
        .anySatisfy(
            missing ->
                assertThat(missing).startsWith("libcublasLt-nowhere.so.13: cuBLAS of CUDA 13"))
        .anySatisfy(
            missing -> assertThat(missing).startsWith("libcudnn-nowhere.so.9: cuDNN 9 for CUDA 13"))
        .noneSatisfy(missing -> assertThat(missing).contains("libc.so.6"));
  }

  @Test
  void aFolderThatDoesNotSayItsCudaIsRefused() throws IOException {
    Files.writeString(folder.resolve(NativeFolder.DESCRIPTION), "cuda=thirteen\n");

    assertThatThrownBy(() -> NativeFolder.read(folder)).hasMessageContaining("cuda=MAJOR-VERSION");
  }

  @ParameterizedTest
  @ValueSource(strings = {"1.22.0", "2.0.0", "1", "", "1.x"})
  void aRuntimeWhoseTableIsNotKnownIsRefused(String version) {
    assertThatThrownBy(() -> OrtLibrary.requireKnown(version))
        .isInstanceOf(DeviceException.class)
        .hasMessageContaining("1.23");
  }

  @ParameterizedTest
  @ValueSource(strings = {"1.23.0", "1.29.0", "1.100.1-dev"})
  void aRuntimeOfTheSameTableIsTaken(String version) {
    OrtLibrary.requireKnown(version);
  }

  @Test
  void theRuntimeThatIsLoadedHasTheTable() {
    assertThat(OrtLibrary.shared().version()).isEqualTo(OnnxRuntime.version());
  }

  @Test
  void aModelThatIsNoneIsRefusedInTheRuntimesWords() {
    assertThatThrownBy(() -> BoundModel.open(new byte[] {1, 2, 3}, Compute.cpu(1)))
        .isInstanceOf(DeviceException.class)
        .hasMessageContaining("protobuf");
    assertThatThrownBy(() -> OnnxSession.open(new byte[] {1, 2, 3}, Compute.cpu(1)))
        .isInstanceOf(ModelException.class);
  }
}
