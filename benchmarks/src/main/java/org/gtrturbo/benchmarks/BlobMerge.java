package org.gtrturbo.benchmarks;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.gtrturbo.merging.Ema;
import org.gtrturbo.merging.Fold;
import org.gtrturbo.merging.Measure;
import org.gtrturbo.merging.MergeProgress;
import org.gtrturbo.merging.Piece;

/**
 * An EMA from blob to blob: teacher and checkpoint are shards of 4 MiB, each under its SHA-256,
 * which is checked while they are folded; what comes out is hashed and stored under its own. The
 * files stay in the page cache: nothing is flushed to the disk.
 */
final class BlobMerge implements AutoCloseable {
  private static final int SHARD = 4 << 20;

  /**
   * What is read, hashed and folded while it is in a core's second-level cache. Of smaller parts a
   * file system makes smaller pages, which take it longer.
   */
  private static final int PART = 256 << 10;

  private final Path folder;
  private final List<Shard> shards;
  private final ExecutorService threads;
  private final ThreadLocal<Worker> workers = ThreadLocal.withInitial(Worker::new);

  /** Two blobs by their hashes. */
  private record Shard(String teacher, String newest, int bytes) {}

  BlobMerge(MergeCase merged, int threads) throws IOException {
    this.folder = Files.createDirectories(merged.folder().resolve("blobs"));
    this.threads = Executors.newFixedThreadPool(threads);
    long bytes = merged.parameters() * Float.BYTES;
    try (var base = FileChannel.open(merged.file(0));
        var newest = FileChannel.open(merged.file(1))) {
      this.shards =
          IntStream.range(0, Math.toIntExact((bytes + SHARD - 1) / SHARD))
              .mapToObj(
                  shard -> {
                    long first = (long) shard * SHARD;
                    int length = (int) Math.min(SHARD, bytes - first);
                    return new Shard(
                        store(base, first, length), store(newest, first, length), length);
                  })
              .toList();
    }
  }

  private String store(FileChannel from, long first, int length) {
    ByteBuffer content = ByteBuffer.allocate(length);
    try {
      int read = from.read(content, first);
      if (read != length) {
        throw new IllegalStateException("a checkpoint's file ended within a shard");
      }
      String hash = HexFormat.of().formatHex(sha256().digest(content.array()));
      Files.write(folder.resolve(hash), content.array());
      return hash;
    } catch (IOException e) {
      throw new UncheckedIOException("cannot write blobs into " + folder, e);
    }
  }

  /** Seconds for one checkpoint, both inputs verified. */
  double merge() {
    return timed(shard -> () -> workers.get().merge(folder, shard, true));
  }

  /**
   * Seconds for one checkpoint as a merger folds it that wrote the teacher itself: the teacher is
   * read from its blobs, but its hash, which gave them their names, is not taken again.
   */
  double mergeOntoOwn() {
    return timed(shard -> () -> workers.get().merge(folder, shard, false));
  }

  /** Seconds for reading and hashing as many blobs of each shard on the same threads. */
  double hashBlobs(int blobs) {
    return timed(shard -> () -> workers.get().hashBlobs(folder, shard, blobs));
  }

  /** Seconds for hashing as many bytes that are in a core's cache, on the same threads. */
  double hashAlone() {
    return timed(shard -> () -> workers.get().hash(3L * shard.bytes()));
  }

  private interface Work {
    Runnable of(Shard shard);
  }

  private double timed(Work work) {
    long since = System.nanoTime();
    List<Future<?>> started =
        shards.stream().<Future<?>>map(shard -> threads.submit(work.of(shard))).toList();
    for (Future<?> each : started) {
      try {
        each.get();
      } catch (ExecutionException | InterruptedException e) {
        throw new IllegalStateException("a shard could not be merged", e);
      }
    }
    double seconds = (System.nanoTime() - since) / 1e9;
    forgetTeachers();
    return seconds;
  }

  /** What was made, so that the next round makes it anew. */
  private void forgetTeachers() {
    List<String> kept =
        shards.stream().flatMap(shard -> Stream.of(shard.teacher(), shard.newest())).toList();
    try (var files = Files.list(folder)) {
      for (Path file : files.toList()) {
        if (!kept.contains(file.getFileName().toString())) {
          Files.delete(file);
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException("cannot clear " + folder, e);
    }
  }

  @Override
  public void close() {
    threads.close();
  }

  private static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("this Java machine has no SHA-256", e);
    }
  }

  /** One thread's buffers. */
  private static final class Worker {
    private final Ema rule = new Ema(0.1);
    private final Fold fold = rule.plan(new MergeProgress(5, 1), 6).orElseThrow();
    private final Part teacher = new Part();
    private final Part newest = new Part();
    private final Part merged = new Part();

    /**
     * A part in native memory, which files are read into and written from as they are, and the hash
     * of all parts so far.
     */
    private static final class Part {
      final ByteBuffer bytes = ByteBuffer.allocateDirect(PART);
      final MemorySegment floats = MemorySegment.ofBuffer(bytes);
      final MessageDigest digest = sha256();

      /** Reading costs less than mapping: the same memory is written over, no page is mapped. */
      void read(FileChannel from, int count) throws IOException {
        bytes.clear().limit(count);
        while (bytes.hasRemaining()) {
          if (from.read(bytes) < 0) {
            throw new IllegalStateException("a blob has ended within a part");
          }
        }
      }

      void hash(int count) {
        digest.update(bytes.clear().limit(count));
      }

      void write(FileChannel into, int count) throws IOException {
        bytes.clear().limit(count);
        while (bytes.hasRemaining()) {
          into.write(bytes);
        }
      }

      String digest() {
        return HexFormat.of().formatHex(digest.digest());
      }
    }

    void merge(Path folder, Shard shard, boolean verifiesTeacher) {
      Path made = folder.resolve("made-" + shard.newest());
      try (var old = FileChannel.open(folder.resolve(shard.teacher()));
          var fresh = FileChannel.open(folder.resolve(shard.newest()));
          var into = FileChannel.open(made, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
        for (int at = 0; at < shard.bytes(); at += PART) {
          int count = Math.min(PART, shard.bytes() - at);
          teacher.read(old, count);
          if (verifiesTeacher) {
            teacher.hash(count);
          }
          newest.read(fresh, count);
          newest.hash(count);
          foldPart(count);
          merged.hash(count);
          merged.write(into, count);
        }
      } catch (IOException e) {
        throw new UncheckedIOException("cannot merge shard " + shard, e);
      }
      if (verifiesTeacher) {
        require(teacher, shard.teacher());
      }
      require(newest, shard.newest());
      store(made, folder);
    }

    private void foldPart(int count) {
      var read =
          new Piece.Read(
              Piece.UNUSED,
              teacher.floats.asSlice(0, count),
              newest.floats.asSlice(0, count),
              List.of(),
              List.of());
      var written = new Piece.Written(merged.floats.asSlice(0, count), List.of());
      rule.fold(fold, Measure.NONE, new Piece("tensor", 0, read, written));
    }

    private static void require(Part read, String hash) {
      String found = read.digest();
      if (!found.equals(hash)) {
        throw new IllegalStateException("blob " + hash + " has the hash " + found);
      }
    }

    private void store(Path made, Path folder) {
      String hash = merged.digest();
      try {
        Files.move(made, folder.resolve(hash), StandardCopyOption.ATOMIC_MOVE);
      } catch (IOException e) {
        throw new UncheckedIOException("cannot store blob " + hash, e);
      }
    }

    /** Checkpoint and, where there is a third, teacher; the last stands for what is merged. */
    void hashBlobs(Path folder, Shard shard, int blobs) {
      for (int number = 1; number <= blobs; number++) {
        String blob = number == 1 ? shard.newest() : shard.teacher();
        try (var file = FileChannel.open(folder.resolve(blob))) {
          for (int at = 0; at < shard.bytes(); at += PART) {
            int count = Math.min(PART, shard.bytes() - at);
            teacher.read(file, count);
            teacher.hash(count);
          }
        } catch (IOException e) {
          throw new UncheckedIOException("cannot read blob " + blob, e);
        }
        require(teacher, blob);
      }
    }

    void hash(long bytes) {
      for (long at = 0; at < bytes; at += PART) {
        teacher.hash((int) Math.min(PART, bytes - at));
      }
      teacher.digest();
    }
  }
}
