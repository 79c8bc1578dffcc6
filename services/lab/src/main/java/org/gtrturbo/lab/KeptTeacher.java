package org.gtrturbo.lab;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.gtrturbo.merging.MergeRule;
import org.gtrturbo.merging.Sum;
import org.gtrturbo.policy.files.StoredTensor;

/** A teacher between two folds, float32 whatever its files are, with its sums; in a mapped file. */
final class KeptTeacher {
  private final Map<String, MemorySegment> teachers = new HashMap<>();
  private final Map<String, List<MemorySegment>> sums = new HashMap<>();

  private KeptTeacher() {}

  /**
   * All zero; in a file beside another one, which has no name any more once it is mapped.
   *
   * @param arena that it is mapped in
   */
  static KeptTeacher beside(Path output, MergeRule rule, MergedFiles files, Arena arena)
      throws IOException {
    Path file = output.resolveSibling(output.getFileName() + ".teacher");
    int bytesOfElement =
        Float.BYTES + rule.sums().stream().mapToInt(sum -> sum.precision().bytes()).sum();
    MemorySegment memory;
    try (FileChannel channel =
        FileChannel.open(
            file,
            StandardOpenOption.CREATE,
            StandardOpenOption.TRUNCATE_EXISTING,
            StandardOpenOption.READ,
            StandardOpenOption.WRITE)) {
      memory =
          channel.map(
              FileChannel.MapMode.READ_WRITE,
              0,
              Math.multiplyExact(files.elements(), bytesOfElement),
              arena);
    } finally {
      Files.deleteIfExists(file);
    }
    var kept = new KeptTeacher();
    long at = 0;
    for (StoredTensor weight : files.weights()) {
      long elements = weight.elements();
      kept.teachers.put(weight.name(), memory.asSlice(at, elements * Float.BYTES));
      at += elements * Float.BYTES;
      List<MemorySegment> ofWeight = new ArrayList<>();
      for (Sum sum : rule.sums()) {
        ofWeight.add(memory.asSlice(at, elements * sum.precision().bytes()));
        at += elements * sum.precision().bytes();
      }
      kept.sums.put(weight.name(), ofWeight);
    }
    return kept;
  }

  MemorySegment teacher(String weight) {
    return Optional.ofNullable(teachers.get(weight)).orElseThrow();
  }

  /** As {@link MergeRule#sums} lists them. */
  List<MemorySegment> sums(String weight) {
    return sums.getOrDefault(weight, List.of());
  }
}
