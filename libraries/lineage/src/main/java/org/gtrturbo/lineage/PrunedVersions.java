package org.gtrturbo.lineage;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.UUID;

/**
 * The versions whose weights were pruned, as a file beside the blobs says: ranges of versions, both
 * ends included. It is written before the first blob goes, so that whoever misses one knows why.
 */
public final class PrunedVersions {
  /** Within the folder of blobs. */
  public static final String FILE_NAME = "pruned.json";

  private final SortedSet<Long> versions;

  private PrunedVersions(Collection<Long> versions) {
    this.versions = Collections.unmodifiableSortedSet(new TreeSet<>(versions));
  }

  /** Of a run; none where nothing was ever pruned. */
  public static PrunedVersions in(Path blobs) {
    Path file = blobs.resolve(FILE_NAME);
    SortedSet<Long> versions = new TreeSet<>();
    try {
      for (long[] range : new ObjectMapper().readValue(Files.readString(file), long[][].class)) {
        for (long version = range[0]; version <= range[1]; version++) {
          versions.add(version);
        }
      }
    } catch (NoSuchFileException e) {
      return new PrunedVersions(List.of());
    } catch (JsonProcessingException | ArrayIndexOutOfBoundsException e) {
      throw new IllegalArgumentException(
          file + " should hold ranges of versions, [[1,99],[101,180]]; it was written by gtr prune",
          e);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read " + file + ": " + e, e);
    }
    return new PrunedVersions(versions);
  }

  /** These and {@code more}, written down. */
  public PrunedVersions with(Collection<Long> more, Path blobs) {
    SortedSet<Long> all = new TreeSet<>(versions);
    all.addAll(more);
    PrunedVersions pruned = new PrunedVersions(all);
    Path file = blobs.resolve(FILE_NAME);
    Path unfinished = blobs.resolve("unfinished-" + UUID.randomUUID());
    try {
      Files.writeString(unfinished, new ObjectMapper().writeValueAsString(pruned.ranges()));
      Files.move(unfinished, file, StandardCopyOption.ATOMIC_MOVE);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot write " + file + ": " + e, e);
    }
    return pruned;
  }

  private List<long[]> ranges() {
    List<long[]> ranges = new ArrayList<>();
    for (long version : versions) {
      if (!ranges.isEmpty() && ranges.getLast()[1] == version - 1) {
        ranges.getLast()[1] = version;
      } else {
        ranges.add(new long[] {version, version});
      }
    }
    return ranges;
  }

  public boolean contains(long version) {
    return versions.contains(version);
  }

  /** Whether any of {@code version} and those behind it is among them. */
  public boolean anyFrom(long version) {
    return !versions.tailSet(version).isEmpty();
  }

  public int count() {
    return versions.size();
  }
}
