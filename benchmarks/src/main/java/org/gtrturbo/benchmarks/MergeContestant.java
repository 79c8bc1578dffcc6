package org.gtrturbo.benchmarks;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
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
import org.gtrturbo.merging.Measure;
import org.gtrturbo.merging.MeasuredTensor;
import org.gtrturbo.merging.MergeProgress;
import org.gtrturbo.merging.MergeRule;
import org.gtrturbo.merging.Piece;
import org.gtrturbo.merging.WeightVector;

/** This project's side of a comparison of merges, in a process of its own as its peer is. */
final class MergeContestant implements AutoCloseable {
  private static final int RUN = 1 << 14;

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
        IntStream.range(0, (merged.elements() + RUN - 1) / RUN)
            .parallel()
            .forEach(run -> fold(rule, folds, measures, place, run, output));
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

  private void fold(
      MergeRule rule,
      List<Fold> folds,
      List<Measure> measures,
      int tensor,
      int run,
      FileChannel output) {
    long first = (long) run * RUN;
    int count = (int) Math.min(RUN, merged.elements() - first);
    MemorySegment base = vector(0, tensor).read(first, count, room(count, Float.BYTES));
    MemorySegment room = room(count, Float.BYTES);
    MemorySegment teacher = room(count, Float.BYTES);
    List<MemorySegment> sums =
        rule.sums().stream().map(sum -> room(count, sum.precision().bytes())).toList();
    for (int number = 0; number < folds.size(); number++) {
      MemorySegment newest = vector(number + 1, tensor).read(first, count, room);
      boolean last = number == folds.size() - 1;
      var read = new Piece.Read(base, Piece.UNUSED, newest, List.of(), sums);
      var written = new Piece.Written(last ? teacher : Piece.UNUSED, sums);
      rule.fold(folds.get(number), measures.get(number), new Piece("tensor", first, read, written));
    }
    try {
      ByteBuffer bytes = teacher.asByteBuffer();
      long position = ((long) tensor * merged.elements() + first) * Float.BYTES;
      while (bytes.hasRemaining()) {
        position += output.write(bytes, position);
      }
    } catch (IOException e) {
      throw new UncheckedIOException("the merged tensor cannot be written", e);
    }
  }

  private static MemorySegment room(int count, int bytes) {
    return MemorySegment.ofArray(new byte[count * bytes]);
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
