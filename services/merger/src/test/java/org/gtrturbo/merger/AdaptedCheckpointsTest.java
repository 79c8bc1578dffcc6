package org.gtrturbo.merger;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.gtrturbo.agents.WeightBlobs;
import org.gtrturbo.events.Checkpoint;
import org.gtrturbo.events.DeadLetter;
import org.gtrturbo.events.Teacher;
import org.gtrturbo.events.TensorRef;
import org.gtrturbo.merging.Ema;
import org.gtrturbo.merging.Sma;
import org.gtrturbo.platform.blobs.FolderBlobStore;
import org.gtrturbo.policy.Lora;
import org.gtrturbo.policy.ParameterLayout;
import org.gtrturbo.policy.Parameters;
import org.gtrturbo.policy.PolicyFile;
import org.gtrturbo.policy.WeightTensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Checkpoints of low-rank adapters over one base: what is merged is the change that each makes to
 * the base's matrices.
 */
class AdaptedCheckpointsTest {
  private static final String MATRIX = "block.0.mlp.expand";
  private static final int IN = 8;
  private static final int OUT = 16;
  private static final int RANK = 2;
  private static final float SCALE = 1.5f;

  @TempDir Path folder;

  private final Parameters base = RecordedRun.parameters(0);

  @ParameterizedTest(name = "shards of {0} bytes")
  @ValueSource(ints = {4 << 20, 100})
  void mergingTwoCheckpointsGivesTheBaseAndTheMeanOfTheirChanges(int shardBytes) {
    Adapters first = new Adapters(1);
    Adapters second = new Adapters(2);
    Teacher merged;
    try (var merger =
        new DrivenMerger(folder, new MergePlan(new Sma(), 1), ScriptedHistory.EMPTY, shardBytes)) {
      merger.offer(run().checkpoint(0), adapted(1, first), adapted(2, second));
      merged = merger.teachers().getLast();
    }

    var weights = new WeightBlobs(blobs()).load(merged);
    float[] teacher = matrix(weights.parameters());
    float[] was = matrix(base);
    double apart = 0;
    for (int row = 0; row < IN; row++) {
      for (int column = 0; column < OUT; column++) {
        int index = row * OUT + column;
        double mean = (first.change(row, column) + second.change(row, column)) / 2;
        assertThat((double) teacher[index]).isCloseTo(was[index] + mean, within(1e-5));
        apart = Math.max(apart, Math.abs(mean - first.productOfMeans(second, row, column)));
      }
    }
    // Averaging the factors instead would have been seen.
    assertThat(apart).isGreaterThan(0.1);
    assertThat(PolicyFile.read(onnx(merged)).parameters().toArray())
        .isEqualTo(weights.parameters().toArray());
  }

  @Test
  void aRunOfAnAdaptedMatrixHasTheBitsOfTheWhole() {
    Checkpoint checkpoint = adapted(1, new Adapters(1));
    float[] whole = matrix(new WeightBlobs(blobs()).load(checkpoint).parameters());
    var stored = new StoredWeights(blobs(), checkpoint.getTensors());

    for (int first = 0; first < whole.length; first += 37) {
      int elements = Math.min(37, whole.length - first);
      assertThat(stored.run(slot(base), first, elements).toArray(ValueLayout.JAVA_FLOAT))
          .containsExactly(Arrays.copyOfRange(whole, first, first + elements));
    }
  }

  @Test
  void tensorsThatNoCheckpointChangesKeepTheirChunksInTheTeacher() {
    Teacher merged;
    try (var merger = new DrivenMerger(folder, new MergePlan(new Ema(0.3), 1))) {
      merger.offer(run().checkpoint(0), adapted(1, new Adapters(1)));
      merged = merger.teachers().getLast();
    }

    List<TensorRef> of = run().checkpoint(0).getTensors();
    for (TensorRef tensor : merged.getTensors()) {
      boolean changed = !of.contains(tensor);
      assertThat(changed).as(tensor.getName()).isEqualTo(tensor.getName().equals(MATRIX));
    }
  }

  @Test
  void anAdapterOfNoMatrixOrOfAnotherSizeIsUnusable() {
    var weights = new WeightBlobs(blobs());
    Checkpoint whole = run().checkpoint(1);
    var stray = tensor("nothing" + ".lora.a", new float[4], 2, 2);
    var small =
        weights.storeTensors(
            List.of(
                tensor(Lora.down(MATRIX), new float[4], 2, 2),
                tensor(Lora.up(MATRIX), new float[4], 2, 2),
                tensor(Lora.SCALE, new float[] {1}, 1)));

    try (var merger = new DrivenMerger(folder, new MergePlan(new Ema(0.3), 1))) {
      merger.offer(run().checkpoint(0), with(whole, weights.storeTensors(List.of(stray))));
      merger.offer(with(whole, small));

      assertThat(merger.teachers()).hasSize(1);
      assertThat(merger.deadLetters())
          .extracting(DeadLetter::getReason)
          .satisfiesExactly(
              reason -> assertThat(reason).contains("nothing.lora.a"),
              reason ->
                  assertThat(reason)
                      .contains("the adapters of " + MATRIX + " hold [4, 4] floats, not [16, 32]"));
    }
  }

  /** Random factors, and what they change the matrix by. */
  private record Adapters(float[] down, float[] up) {
    Adapters(long seed) {
      this(numbers(seed, IN * RANK), numbers(seed + 10, RANK * OUT));
    }

    private static float[] numbers(long seed, int count) {
      float[] numbers = new float[count];
      var random = new SplittableRandom(seed);
      for (int index = 0; index < count; index++) {
        numbers[index] = (float) random.nextGaussian();
      }
      return numbers;
    }

    double change(int row, int column) {
      double sum = 0;
      for (int rank = 0; rank < RANK; rank++) {
        sum += SCALE * (double) down[row * RANK + rank] * up[rank * OUT + column];
      }
      return sum;
    }

    double productOfMeans(Adapters other, int row, int column) {
      double sum = 0;
      for (int rank = 0; rank < RANK; rank++) {
        double meanDown = (down[row * RANK + rank] + other.down[row * RANK + rank]) / 2.0;
        double meanUp = (up[rank * OUT + column] + other.up[rank * OUT + column]) / 2.0;
        sum += SCALE * meanDown * meanUp;
      }
      return sum;
    }
  }

  private RecordedRun run() {
    return new RecordedRun(blobs());
  }

  private FolderBlobStore blobs() {
    return new FolderBlobStore(folder.resolve("blobs"));
  }

  private Checkpoint adapted(long version, Adapters adapters) {
    return with(
        run().checkpoint(version, RecordedRun.SPEC, base),
        new WeightBlobs(blobs())
            .storeTensors(
                List.of(
                    tensor(Lora.down(MATRIX), adapters.down(), IN, RANK),
                    tensor(Lora.up(MATRIX), adapters.up(), RANK, OUT),
                    tensor(Lora.SCALE, new float[] {SCALE}, 1))));
  }

  private static Checkpoint with(Checkpoint checkpoint, List<TensorRef> more) {
    List<TensorRef> tensors = new ArrayList<>(checkpoint.getTensors());
    tensors.addAll(more);
    return Checkpoint.newBuilder(checkpoint).setTensors(tensors).build();
  }

  private static WeightTensor tensor(String name, float[] values, long... shape) {
    MemorySegment contents = Arena.ofAuto().allocate((long) values.length * Float.BYTES);
    MemorySegment.copy(values, 0, contents, ValueLayout.JAVA_FLOAT_UNALIGNED, 0, values.length);
    return new WeightTensor(name, shape, contents);
  }

  private static float[] matrix(Parameters parameters) {
    return parameters.slice(slot(parameters)).toArray(ValueLayout.JAVA_FLOAT);
  }

  private static ParameterLayout.Slot slot(Parameters parameters) {
    return parameters.layout().slots().stream()
        .filter(each -> each.name().equals(MATRIX))
        .findFirst()
        .orElseThrow();
  }

  private byte[] onnx(Teacher teacher) {
    var contents = blobs().get(teacher.getOnnx());
    byte[] bytes = new byte[contents.remaining()];
    contents.get(bytes);
    return bytes;
  }
}
