package org.gtrturbo.merger;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import org.gtrturbo.agents.PolicyWeights;
import org.gtrturbo.agents.WeightBlobs;
import org.gtrturbo.events.Checkpoint;
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

  @Test
  void mergingTwoCheckpointsGivesTheBaseAndTheMeanOfTheirChanges() {
    var blobs = new FolderBlobStore(folder);
    var run = new RecordedRun(blobs);
    Adapters first = new Adapters(1);
    Adapters second = new Adapters(2);
    var reader = new CheckpointReader(new WeightBlobs(blobs));
    PolicyWeights one = usable(reader, adapted(run, 1, first));
    PolicyWeights two = usable(reader, adapted(run, 2, second));

    // SMA: the second checkpoint has half of the weight.
    var plan = new MergePlan(new Sma(), 1);
    var foundry = new TeacherFoundry(blobs, plan, Map.of());
    var start = foundry.start(adapted(run, 1, first), one, Instant.EPOCH);
    var merged =
        foundry.fold(
            new MergeStep.Fold(start.teacher(), 0.5, 2),
            start.weights(),
            adapted(run, 2, second),
            two,
            Instant.EPOCH);

    float[] teacher = matrix(new WeightBlobs(blobs).load(merged.teacher()).parameters());
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
    assertThat(PolicyFile.read(onnx(blobs, merged)).parameters().toArray())
        .isEqualTo(merged.weights().parameters().toArray());
  }

  @Test
  void tensorsThatNoCheckpointChangesKeepTheirChunksInTheTeacher() {
    var blobs = new FolderBlobStore(folder);
    var run = new RecordedRun(blobs);
    var reader = new CheckpointReader(new WeightBlobs(blobs));
    Checkpoint checkpoint = adapted(run, 1, new Adapters(1));
    var plan = new MergePlan(new Ema(0.3), 1);
    var foundry = new TeacherFoundry(blobs, plan, Map.of());
    var start =
        foundry.start(run.checkpoint(0), new PolicyWeights(RecordedRun.SPEC, base), Instant.EPOCH);

    var merged =
        foundry.fold(
            new MergeStep.Fold(start.teacher(), 0.3, 1),
            start.weights(),
            checkpoint,
            usable(reader, checkpoint),
            Instant.EPOCH);

    List<TensorRef> of = run.checkpoint(0).getTensors();
    for (TensorRef tensor : merged.teacher().getTensors()) {
      boolean changed = !of.contains(tensor);
      assertThat(changed).as(tensor.getName()).isEqualTo(tensor.getName().equals(MATRIX));
    }
  }

  @Test
  void anAdapterOfNoMatrixOrOfAnotherSizeIsUnusable() {
    var blobs = new FolderBlobStore(folder);
    var run = new RecordedRun(blobs);
    var reader = new CheckpointReader(new WeightBlobs(blobs));
    var weights = new WeightBlobs(blobs);
    Checkpoint whole = run.checkpoint(0);

    var stray = tensor("nothing" + ".lora.a", new float[4], 2, 2);
    assertThat(reader.read(with(whole, weights.storeTensors(List.of(stray))), Optional.empty()))
        .isInstanceOfSatisfying(
            CheckpointReader.Reading.Unusable.class,
            unusable -> assertThat(unusable.reason()).contains("nothing.lora.a"));

    var small =
        weights.storeTensors(
            List.of(
                tensor(Lora.down(MATRIX), new float[4], 2, 2),
                tensor(Lora.up(MATRIX), new float[4], 2, 2),
                tensor(Lora.SCALE, new float[] {1}, 1)));
    assertThat(reader.read(with(whole, small), Optional.empty()))
        .isInstanceOfSatisfying(
            CheckpointReader.Reading.Unusable.class,
            unusable ->
                assertThat(unusable.reason())
                    .contains("the adapters of " + MATRIX + " hold [4, 4] floats, not [16, 32]"));
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

  private Checkpoint adapted(RecordedRun run, long version, Adapters adapters) {
    return with(
        run.checkpoint(version, RecordedRun.SPEC, base),
        new WeightBlobs(run.blobs())
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

  private static PolicyWeights usable(CheckpointReader reader, Checkpoint checkpoint) {
    return switch (reader.read(checkpoint, Optional.empty())) {
      case CheckpointReader.Reading.Usable(PolicyWeights weights) -> weights;
      case CheckpointReader.Reading.Unusable(String reason) -> throw new AssertionError(reason);
    };
  }

  private static float[] matrix(Parameters parameters) {
    ParameterLayout.Slot slot =
        parameters.layout().slots().stream()
            .filter(each -> each.name().equals(MATRIX))
            .findFirst()
            .orElseThrow();
    return parameters.slice(slot).toArray(ValueLayout.JAVA_FLOAT);
  }

  private static byte[] onnx(FolderBlobStore blobs, TeacherFoundry.Made made) {
    var contents = blobs.get(made.teacher().getOnnx());
    byte[] bytes = new byte[contents.remaining()];
    contents.get(bytes);
    return bytes;
  }
}
