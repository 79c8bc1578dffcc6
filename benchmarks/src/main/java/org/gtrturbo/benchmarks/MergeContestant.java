package org.gtrturbo.benchmarks;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import org.gtrturbo.merging.Fold;
import org.gtrturbo.merging.FoldStep;
import org.gtrturbo.merging.Measure;
import org.gtrturbo.merging.MeasuredTensor;
import org.gtrturbo.merging.MergeProgress;
import org.gtrturbo.merging.MergeRule;
import org.gtrturbo.merging.Piece;
import org.gtrturbo.merging.WeightVector;

/** This project's side of a comparison of merges, in a process of its own as its peer is. */
final class MergeContestant implements AutoCloseable {
  /** Elements that are read at a time: those of all checkpoints fit a second-level cache. */
  private static final int RUN = 1 << 13;

  /** Elements that one task merges, run by run in the same room. */
  private static final int TASK = 1 << 18;

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
      case "ema-own" -> Map.of("seconds", blobs().mergeOntoOwn());
      case "hash-3-blobs" -> Map.of("seconds", blobs().hashBlobs(3));
      case "hash-2-blobs" -> Map.of("seconds", blobs().hashBlobs(2));
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

  /** Thresholds first, then run by run, so that no more than a run of each file is in memory. */
  private Map<String, Object> ties() throws IOException {
    long since = System.nanoTime();
    var rule = MergeRule.of("ties", Map.of("density", "0.8"));
    List<Fold> folds = new ArrayList<>();
    var progress = MergeProgress.NONE;
    for (int number = 1; number <= merged.checkpoints(); number++) {
      folds.add(rule.plan(progress, number).orElseThrow());
      progress = folds.getLast().after();
    }
    try (var output =
        FileChannel.open(
            merged.folder().resolve("own.f32"),
            StandardOpenOption.CREATE,
            StandardOpenOption.WRITE)) {
      for (int tensor = 0; tensor < merged.tensors(); tensor++) {
        int place = tensor;
        List<Measure> measures = folds.stream().map(fold -> measure(rule, fold, place)).toList();
        IntStream.range(0, (merged.elements() + TASK - 1) / TASK)
            .parallel()
            .forEach(task -> merge(rule, folds, measures, place, task, output));
      }
    }
    return Map.of("seconds", (System.nanoTime() - since) / 1e9);
  }

  private Measure measure(MergeRule rule, Fold fold, int tensor) {
    var measured =
        new MeasuredTensor(
            "tensor",
            vector(0, tensor),
            vector(0, tensor),
            vector(Math.toIntExact(fold.version()), tensor));
    return rule.measure(fold, List.of(measured)).getOrDefault("tensor", Measure.NONE);
  }

  private void merge(
      MergeRule rule,
      List<Fold> folds,
      List<Measure> measures,
      int tensor,
      int task,
      FileChannel output) {
    try (Arena arena = Arena.ofConfined()) {
      var rooms = Rooms.of(rule, folds.size(), arena);
      int end = (int) Math.min((task + 1L) * TASK, merged.elements());
      for (int first = task * TASK; first < end; first += RUN) {
        int count = Math.min(RUN, end - first);
        MemorySegment base = vector(0, tensor).read(first, count, floats(rooms.base(), count));
        MemorySegment teacher = floats(rooms.teacher(), count);
        List<MemorySegment> sums = rooms.sums(rule, count);
        List<FoldStep> steps = new ArrayList<>();
        for (int number = 0; number < folds.size(); number++) {
          MemorySegment room = floats(rooms.checkpoints().get(number), count);
          MemorySegment newest = vector(number + 1, tensor).read(first, count, room);
          boolean last = number == folds.size() - 1;
          var read = new Piece.Read(base, Piece.UNUSED, newest, List.of(), sums);
          var written = new Piece.Written(last ? teacher : Piece.UNUSED, sums);
          var piece = new Piece("tensor", first, read, written);
          steps.add(new FoldStep(folds.get(number), measures.get(number), piece));
        }
        rule.merge(base, steps);
        write(teacher, output, ((long) tensor * merged.elements() + first) * Float.BYTES);
      }
    }
  }

  private static void write(MemorySegment teacher, FileChannel output, long start) {
    try {
      ByteBuffer bytes = teacher.asByteBuffer();
      long position = start;
      while (bytes.hasRemaining()) {
        position += output.write(bytes, position);
      }
    } catch (IOException e) {
      throw new UncheckedIOException("the merged tensor cannot be written", e);
    }
  }

  private static MemorySegment floats(MemorySegment room, int count) {
    return room.asSlice(0, (long) count * Float.BYTES);
  }

  /** Native memory for a run, which files are read into without another copy. */
  private record Rooms(
      MemorySegment base,
      MemorySegment teacher,
      List<MemorySegment> checkpoints,
      List<MemorySegment> sums) {
    static Rooms of(MergeRule rule, int checkpoints, Arena arena) {
      return new Rooms(
          room(arena, Float.BYTES),
          room(arena, Float.BYTES),
          IntStream.range(0, checkpoints).mapToObj(number -> room(arena, Float.BYTES)).toList(),
          rule.sums().stream().map(sum -> room(arena, sum.precision().bytes())).toList());
    }

    private static MemorySegment room(Arena arena, int bytes) {
      return arena.allocate((long) RUN * bytes, 64);
    }

    List<MemorySegment> sums(MergeRule rule, int count) {
      return IntStream.range(0, sums.size())
          .mapToObj(
              sum -> {
                long bytes = (long) count * rule.sums().get(sum).precision().bytes();
                return sums.get(sum).asSlice(0, bytes);
              })
          .toList();
    }
  }

  private WeightVector vector(int number, int tensor) {
    long start = (long) tensor * merged.elements() * Float.BYTES;
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
