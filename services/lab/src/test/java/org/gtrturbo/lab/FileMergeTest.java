package org.gtrturbo.lab;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.gtrturbo.merging.Ema;
import org.gtrturbo.merging.Frozen;
import org.gtrturbo.merging.MergeRule;
import org.gtrturbo.merging.Sma;
import org.gtrturbo.policy.files.Floats;
import org.gtrturbo.policy.files.StoredTensor;
import org.gtrturbo.policy.files.TensorFile;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Files are merged to the bits that folding their weights one after the other has. */
class FileMergeTest {
  private static final ValueLayout.OfFloat FLOAT =
      ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  /** More than one piece, and no whole number of them. */
  private static final int ELEMENTS = 300_001;

  @TempDir private Path folder;

  @Test
  void aMovingAverageHasTheBitsOfFoldingEachInTurn() {
    float[][] vectors = random(4, ELEMENTS);
    float[] expected = vectors[0].clone();
    for (int file = 1; file < 4; file++) {
      for (int index = 0; index < ELEMENTS; index++) {
        expected[index] =
            (float) ((1 - 0.3) * (double) expected[index] + 0.3 * (double) vectors[file][index]);
      }
    }

    assertThat(Arrays.mismatch(merged(new Ema(0.3), written(vectors)), expected)).isEqualTo(-1);
  }

  /** Those whose fold looks at the whole teacher before, and those whose pieces go on alone. */
  @ParameterizedTest(name = "{0} {1}")
  @CsvSource({
    "ema, precision=float64",
    "window, length=2",
    "ties, density=0.3",
    "ties, density=0.3 trimScope=vector weighting=ema alpha=0.4",
    "incremental-ties, density=0.5",
    "dare-ties, density=0.5 seed=3",
    "slerp, weighting=ema",
    "slerp, scope=vector",
    "post-hoc-ema, ''"
  })
  void everyRuleGivesWhatFoldingWholeTensorsInMemoryGives(String name, String settings) {
    Map<String, String> set = new HashMap<>();
    for (String setting : settings.isEmpty() ? new String[0] : settings.split(" ")) {
      set.put(setting.split("=")[0], setting.split("=")[1]);
    }
    MergeRule rule = MergeRule.of(name, set);
    float[][] large = random(5, ELEMENTS);
    float[][] small = random(5, 5);
    List<Path> files = new ArrayList<>();
    for (int file = 0; file < 5; file++) {
      files.add(
          new SmallFiles()
              .floats("w", large[file])
              .floats("v", small[file])
              .write(folder.resolve(file + ".safetensors")));
    }

    try (TensorFile file = TensorFile.open(merge(rule, files, _ -> true))) {
      Map<String, float[]> expected = InMemoryMerge.of(rule, Map.of("w", large, "v", small));
      for (StoredTensor tensor : file.weights()) {
        assertThat(Arrays.mismatch(tensor.bytes().toArray(FLOAT), expected.get(tensor.name())))
            .as(tensor.name())
            .isEqualTo(-1);
      }
    }
    assertThat(folder.resolve("merged.safetensors.teacher")).doesNotExist();
  }

  @Test
  void aMeanHasNothingOfTheBaseAndAllOfTheOthersAlike() {
    List<Path> files = written(new float[][] {{100, 100}, {1, 2}, {3, 4}, {8, 0}});

    assertThat(merged(new Sma(), files)).containsExactly(new float[] {4, 2}, within(1e-6f));
  }

  @Test
  void theSharesSayWhatEachFileHasInTheResult() {
    List<Path> files = written(new float[][] {{1}, {0}, {0}});
    List<Double> shares = new ArrayList<>();

    withFiles(files, merge -> shares.addAll(merge.shares()), new Ema(0.25));

    assertThat(shares).containsExactly(0.5625, 0.1875, 0.25);
    assertThat(merged(new Ema(0.25), files)).containsExactly(0.5625f);
  }

  @Test
  void weightsGivenByPositionAreNormalised() {
    MergeRule linear = MergeRule.of("linear", Map.of("weights", "3,1"));

    assertThat(merged(linear, written(new float[][] {{50}, {0}, {4}})))
        .containsExactly(new float[] {1}, within(1e-6f));
  }

  @Test
  void filesOfSixteenBitsAreMergedInThirtyTwoAndWrittenInTheLastOnesType() {
    List<Path> files =
        List.of(
            new SmallFiles().floats("w", 1, 1).write(folder.resolve("base.safetensors")),
            new SmallFiles().halfFloats("w", 2, 3).write(folder.resolve("a.safetensors")),
            new SmallFiles().brainFloats("w", 4, 6).write(folder.resolve("b.safetensors")));

    Path output = merge(new Ema(0.5), files, _ -> true);

    try (TensorFile file = TensorFile.open(output)) {
      StoredTensor weight = file.weights().getFirst();
      assertThat(weight).hasToString("w BFLOAT16[2]");
      MemorySegment wide = MemorySegment.ofArray(new byte[8]);
      Floats.widen(weight.type(), weight.bytes(), wide);
      assertThat(wide.toArray(FLOAT)).containsExactly(2.75f, 4);
    }
  }

  @Test
  void wholeNumbersAndWhatIsExcludedAreTheLastFiles() {
    List<Path> files = new ArrayList<>();
    for (int file = 0; file < 3; file++) {
      files.add(
          new SmallFiles()
              .floats("w", file)
              .floats("embed", 10 * file)
              .integer("steps", 1_000 + file)
              .write(folder.resolve(file + ".safetensors")));
    }

    Path output = merge(new Sma(), files, name -> !name.equals("embed"));

    try (TensorFile file = TensorFile.open(output)) {
      assertThat(file.tensors().get(0).bytes().get(FLOAT, 0)).isEqualTo(1.5f);
      assertThat(file.tensors().get(1).bytes().get(FLOAT, 0)).isEqualTo(20);
      assertThat(file.tensors().get(2).bytes().get(ValueLayout.JAVA_LONG_UNALIGNED, 0))
          .isEqualTo(1_002);
    }
  }

  @Test
  void filesOfOtherWeightsAreRefusedWithWhatIsDifferent() {
    List<Path> files =
        List.of(
            new SmallFiles().floats("w", 1).floats("v", 1).write(folder.resolve("x.safetensors")),
            new SmallFiles().floats("w", 1, 2).write(folder.resolve("y.safetensors")));

    assertThatThrownBy(() -> merge(new Sma(), files, _ -> true))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("x.safetensors does not have the weights of ")
        .hasMessageContaining("its w FLOAT32[1] is not w FLOAT32[2]; only it has v FLOAT32[1]");
  }

  @Test
  void aValueThatIsNoNumberIsNamedAndNothingIsWritten() {
    float[][] vectors = random(3, ELEMENTS);
    vectors[1][270_000] = Float.NaN;
    List<Path> files = written(vectors);

    assertThatThrownBy(() -> merge(new Sma(), files, _ -> true))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("1.safetensors: tensor w FLOAT32[300001] holds a value that is no")
        .hasMessageEndingWith("at element 270000");
    assertThat(folder.resolve("merged.safetensors")).doesNotExist();
    assertThat(folder.resolve("merged.safetensors.unfinished")).doesNotExist();
  }

  @Test
  void factorsOfAdaptersAreNotMerged() {
    List<Path> files = new ArrayList<>();
    for (int file = 0; file < 2; file++) {
      files.add(
          new SmallFiles()
              .floats("model.q_proj.lora_A.weight", 1)
              .write(folder.resolve(file + ".safetensors")));
    }

    assertThatThrownBy(() -> merge(new Sma(), files, _ -> true))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("holds a low-rank adapter, model.q_proj.lora_A.weight");
  }

  @Test
  void aRuleThatGivesNothingAnyWeightIsRefused() {
    assertThatThrownBy(() -> merge(new Frozen(), written(random(2, 3)), _ -> true))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("rule frozen gives none of the files any weight");
  }

  @Test
  void onlyARuleThatStartsFromTheBaseNeedsOne() {
    assertThat(FileMerge.needsBase(new Ema(0.5))).isTrue();
    assertThat(FileMerge.needsBase(new Sma())).isFalse();
    assertThat(FileMerge.needsBase(MergeRule.of("linear", Map.of("weights", "1,2")))).isFalse();
  }

  @Test
  void progressEndsAtTheWhole() {
    var told = new AtomicReference<>(0.0);
    List<Path> files = written(random(3, ELEMENTS));

    withFiles(
        files,
        merge ->
            merge.write(
                folder.resolve("merged.safetensors"),
                Map.of(),
                part -> told.accumulateAndGet(part, Math::max)),
        new Ema(0.5));

    assertThat(told.get()).isEqualTo(1);
  }

  private static float[][] random(int files, int elements) {
    var random = new SplittableRandom(7);
    float[][] vectors = new float[files][elements];
    for (float[] vector : vectors) {
      for (int index = 0; index < elements; index++) {
        vector[index] = (float) random.nextGaussian();
      }
    }
    return vectors;
  }

  /** The first is the base. */
  private List<Path> written(float[][] vectors) {
    List<Path> files = new ArrayList<>();
    for (int file = 0; file < vectors.length; file++) {
      files.add(
          new SmallFiles().floats("w", vectors[file]).write(folder.resolve(file + ".safetensors")));
    }
    return files;
  }

  private float[] merged(MergeRule rule, List<Path> files) {
    try (TensorFile file = TensorFile.open(merge(rule, files, _ -> true))) {
      return file.weights().getFirst().bytes().toArray(FLOAT);
    }
  }

  private Path merge(MergeRule rule, List<Path> files, Predicate<String> isMerged) {
    Path output = folder.resolve("merged.safetensors");
    List<TensorFile> opened = files.stream().map(TensorFile::open).toList();
    try {
      var merged = new MergedFiles(opened.getFirst(), opened.subList(1, opened.size()), isMerged);
      new FileMerge(rule, merged).write(output, Map.of(), _ -> {});
    } finally {
      opened.forEach(TensorFile::close);
    }
    return output;
  }

  private static void withFiles(List<Path> files, Consumer<FileMerge> work, MergeRule rule) {
    List<TensorFile> opened = files.stream().map(TensorFile::open).toList();
    try {
      var merged = new MergedFiles(opened.getFirst(), opened.subList(1, opened.size()), _ -> true);
      work.accept(new FileMerge(rule, merged));
    } finally {
      opened.forEach(TensorFile::close);
    }
  }
}
