package org.gtrturbo.platform.blobs;

import static java.nio.file.StandardOpenOption.CREATE_NEW;
import static java.nio.file.StandardOpenOption.READ;
import static java.nio.file.StandardOpenOption.WRITE;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.UUID;
import java.util.regex.Pattern;
import org.gtrturbo.events.BlobRef;

/**
 * Blobs as files {@code sha256/ab/cdef…} below a folder, which may be shared by several processes.
 *
 * <p>A file appears under its name only when it is whole and on disk: it is written under another
 * name, forced, and renamed in one step.
 */
public final class FolderBlobStore implements BlobStore {
  private static final Pattern SHA256 = Pattern.compile("[0-9a-f]{64}");

  // Below, mapping costs more than copying.
  private static final long MAPPED_FROM_BYTES = 256 << 10;

  private final Path root;

  /**
   * A store in one folder.
   *
   * @param folder created with the first blob where it does not exist
   */
  public FolderBlobStore(Path folder) {
    this.root = folder.toAbsolutePath().normalize();
  }

  @Override
  public BlobRef put(ByteBuffer content) {
    BlobRef ref = named(content);
    if (!contains(ref)) {
      write(ref, content);
    }
    return ref;
  }

  @Override
  public Kept keep(ByteBuffer content) {
    BlobRef ref = named(content);
    if (contains(ref)) {
      // Somebody else wrote it: its bytes are still to be checked.
      return new Kept(ref, get(ref));
    }
    write(ref, content);
    return new Kept(ref, stored(ref));
  }

  @Override
  public ByteBuffer get(BlobRef ref) {
    Path file = file(ref);
    ByteBuffer buffer = stored(ref);
    String remedy =
        "; restore the file from a copy of the blob folder, or delete it so that it is written"
            + " again when the same content is stored again";
    if (buffer.remaining() != ref.getBytes()) {
      throw new CorruptBlobException(
          "blob "
              + file
              + " has "
              + buffer.remaining()
              + " bytes and should have "
              + ref.getBytes()
              + remedy);
    }
    String hash = sha256(buffer);
    if (!hash.equals(ref.getSha256())) {
      throw new CorruptBlobException(
          "the content of blob " + file + " has SHA-256 " + hash + remedy);
    }
    return buffer;
  }

  /**
   * Removes a blob that nothing points at any more.
   *
   * @return whether it was there
   */
  public boolean remove(BlobRef ref) {
    Path file = file(ref);
    try {
      return Files.deleteIfExists(file);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot remove blob " + file + ": " + e, e);
    }
  }

  /** What is there under the name, whatever it is. */
  private ByteBuffer stored(BlobRef ref) {
    Path file = file(ref);
    try {
      return content(file, ref.getBytes());
    } catch (NoSuchFileException e) {
      throw new MissingBlobException(
          "blob "
              + file
              + " is missing; point at the blob folder that the run was made with, or restore the"
              + " file from a copy of it, unless gtr prune has removed it");
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read blob " + file + ": " + e, e);
    }
  }

  /** Large ones are mapped: what of them is in memory is the system's affair, not the heap's. */
  private static ByteBuffer content(Path file, long expected) throws IOException {
    if (expected < MAPPED_FROM_BYTES) {
      return ByteBuffer.wrap(Files.readAllBytes(file)).asReadOnlyBuffer();
    }
    try (FileChannel in = FileChannel.open(file, READ)) {
      return in.map(FileChannel.MapMode.READ_ONLY, 0, in.size(), Arena.ofAuto()).asByteBuffer();
    }
  }

  @Override
  public boolean contains(BlobRef ref) {
    Path file = file(ref);
    try {
      return Files.size(file) == ref.getBytes();
    } catch (NoSuchFileException e) {
      return false;
    } catch (IOException e) {
      throw new UncheckedIOException("cannot look up blob " + file + ": " + e, e);
    }
  }

  /** The name that the buffer's remaining bytes have; its position stays as it is. */
  static BlobRef named(ByteBuffer content) {
    return new BlobRef(sha256(content), (long) content.remaining());
  }

  private Path file(BlobRef ref) {
    String hash = ref.getSha256();
    if (!SHA256.matcher(hash).matches()) {
      throw new IllegalArgumentException(
          "a blob's name must be 64 lower-case hexadecimal digits, got '" + hash + "'");
    }
    return root.resolve("sha256").resolve(hash.substring(0, 2)).resolve(hash.substring(2));
  }

  private void write(BlobRef ref, ByteBuffer content) {
    Path file = file(ref);
    try {
      write(file, content.duplicate());
    } catch (IOException e) {
      throw new UncheckedIOException("cannot write blob " + file + ": " + e, e);
    }
  }

  private static void write(Path file, ByteBuffer content) throws IOException {
    Path folder = Files.createDirectories(file.getParent());
    Path unfinished = folder.resolve("unfinished-" + UUID.randomUUID());
    try {
      try (FileChannel out = FileChannel.open(unfinished, CREATE_NEW, WRITE)) {
        while (content.hasRemaining()) {
          out.write(content);
        }
        out.force(true);
      }
      Files.move(unfinished, file, StandardCopyOption.ATOMIC_MOVE);
    } finally {
      Files.deleteIfExists(unfinished);
    }
    // The rename itself survives a power cut only when the folder is forced too.
    try (FileChannel entries = FileChannel.open(folder, READ)) {
      entries.force(true);
    }
  }

  private static String sha256(ByteBuffer content) {
    try {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      digest.update(content.duplicate());
      return HexFormat.of().formatHex(digest.digest());
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("this Java runtime has no SHA-256", e);
    }
  }
}
