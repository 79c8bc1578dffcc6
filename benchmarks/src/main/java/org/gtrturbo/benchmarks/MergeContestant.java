package org.gtrturbo.benchmarks;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.gtrturbo.merging.MergeRule;
import org.gtrturbo.merging.OfflineMerge;
import org.gtrturbo.merging.WeightVector;

/** This project's side of a comparison of merges, in a process of its own as its peer is. */
final class MergeContestant implements AutoCloseable {
  private final MergeCase merged;
  private final List<FileChannel> files = new ArrayList<>();
  private final int threads;
  private Optional<BlobMerge> blobs = Optional.empty();

  private MergeContestant(MergeCase merged, int threads) throws IOException {
    this.merged = merged;
    for (int number = 0; number <= merged.checkpoints(); number++) {
      files.add(FileChannel.open(merged.file(number), StandardOpenOption.READ));
    }
    this.threads = threads;
  }

  static void main(String[] arguments) throws IOException {
    var given = List.of(arguments);
    ObjectMapper json = new ObjectMapper();
    var input = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    try (var contestant =
        new MergeContestant(MergeCase.of(given), Integer.parseInt(given.getLast()))) {
      System.out.println(json.writeValueAsString(Map.of("name", "GTR-Turbo Streams", "way", "")));
      for (String line = input.readLine(); line != null; line = input.readLine()) {
        System.out.println(json.writeValueAsString(contestant.answer(line.strip())));
      }
    }
  }

  private Map<String, Object> answer(String command) throws IOException {
    return switch (command) {
      case "ties" -> ties();
      case "ema" -> Map.of("seconds", blobs().merge());
      case "hash" -> Map.of("seconds", blobs().hashAlone());
      case "memory" -> Map.of("peakBytes", PeakMemory.bytes());
      default -> throw new IllegalArgumentException("there is no command " + command);
    };
  }

  private BlobMerge blobs() throws IOException {
    if (blobs.isEmpty()) {
      blobs = Optional.of(new BlobMerge(merged, threads));
    }
    return blobs.get();
  }

  private Map<String, Object> ties() throws IOException {
    long since = System.nanoTime();
    var rule = MergeRule.of("ties", Map.of("density", "0.8"));
    List<Long> versions = LongStream.rangeClosed(1, merged.checkpoints()).boxed().toList();
    long bytes = merged.parameters() * Float.BYTES;
    try (var arena = Arena.ofShared();
        var output =
            FileChannel.open(
                merged.folder().resolve("own.f32"),
                StandardOpenOption.CREATE,
                StandardOpenOption.READ,
                StandardOpenOption.WRITE)) {
      MemorySegment teacher = output.map(FileChannel.MapMode.READ_WRITE, 0, bytes, arena);
      new OfflineMerge(rule, count -> {}).merge(versions, tensors(teacher));
    }
    return Map.of("seconds", (System.nanoTime() - since) / 1e9);
  }

  private List<OfflineMerge.Tensor> tensors(MemorySegment teacher) {
    long bytes = (long) merged.elements() * Float.BYTES;
    return IntStream.range(0, merged.tensors())
        .mapToObj(
            tensor ->
                new OfflineMerge.Tensor(
                    "tensor-" + tensor,
                    vector(0, tensor * bytes),
                    IntStream.rangeClosed(1, merged.checkpoints())
                        .mapToObj(number -> vector(number, tensor * bytes))
                        .toList(),
                    teacher.asSlice(tensor * bytes, bytes)))
        .toList();
  }

  private WeightVector vector(int number, long start) {
    return new FileVector(files.get(number), start, merged.elements());
  }

  @Override
  public void close() throws IOException {
    blobs.ifPresent(BlobMerge::close);
    for (FileChannel file : files) {
      file.close();
    }
  }
}
