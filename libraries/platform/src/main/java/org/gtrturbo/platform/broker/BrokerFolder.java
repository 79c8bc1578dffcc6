package org.gtrturbo.platform.broker;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.nio.file.StandardOpenOption.CREATE;
import static java.nio.file.StandardOpenOption.READ;
import static java.nio.file.StandardOpenOption.WRITE;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.module.ModuleDescriptor.Version;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Optional;
import org.apache.kafka.common.utils.AppInfoParser;
import org.jspecify.annotations.Nullable;

/**
 * The folder of an embedded broker while this process holds it.
 *
 * <p>Kafka locks its own folder too, but says so only from deep inside its start, and by then other
 * parts of it run. The operating system frees this lock when the process ends, however it ends.
 */
final class BrokerFolder implements AutoCloseable {
  private static final String IN_USE_BY = "in-use-by";
  private static final String ADDRESS = "address";

  private final Path path;
  private final FileChannel lock;

  private BrokerFolder(Path path, FileChannel lock) {
    this.path = path;
    this.lock = lock;
  }

  static BrokerFolder open(Path folder) {
    Path path = folder.toAbsolutePath().normalize();
    try {
      Files.createDirectories(path);
      var held = new BrokerFolder(path, lock(path));
      try {
        Files.deleteIfExists(path.resolve(ADDRESS));
        held.checkVersion();
        return held;
      } catch (IOException | RuntimeException e) {
        held.close();
        throw e;
      }
    } catch (IOException e) {
      throw new BrokerStartException(
          "the broker's folder "
              + path
              + " cannot be used: "
              + e
              + "; choose one that can be written",
          e);
    }
  }

  /** What another process left in {@link #publish}, while it holds the folder. */
  static Optional<String> addressOfLive(Path folder) {
    Path path = folder.toAbsolutePath().normalize();
    try {
      return isHeld(path.resolve(IN_USE_BY))
          ? Optional.of(Files.readString(path.resolve(ADDRESS), UTF_8))
          : Optional.empty();
    } catch (NoSuchFileException notUpYet) {
      return Optional.empty();
    } catch (IOException e) {
      throw new UncheckedIOException("cannot see whether a broker runs on " + path, e);
    }
  }

  private static boolean isHeld(Path file) throws IOException {
    try (FileChannel channel = FileChannel.open(file, WRITE)) {
      return channel.tryLock() == null;
    } catch (OverlappingFileLockException heldByThisProcess) {
      return true;
    }
  }

  /** Says to other processes where the broker is reached. */
  void publish(String address) throws IOException {
    Files.writeString(path.resolve(ADDRESS), address, UTF_8);
  }

  Path path() {
    return path;
  }

  Path logs() {
    return path.resolve("logs");
  }

  boolean isNew() {
    return !Files.exists(logs().resolve("meta.properties"));
  }

  private static FileChannel lock(Path path) throws IOException {
    Path file = path.resolve(IN_USE_BY);
    FileChannel channel = FileChannel.open(file, CREATE, READ, WRITE);
    try {
      if (channel.tryLock() == null) {
        throw inUse(path, file, channel, null);
      }
      channel.truncate(0);
      channel.write(ByteBuffer.wrap(Long.toString(ProcessHandle.current().pid()).getBytes(UTF_8)));
      return channel;
    } catch (OverlappingFileLockException e) {
      throw inUse(path, file, channel, e);
    } catch (IOException e) {
      channel.close();
      throw e;
    }
  }

  private static BrokerStartException inUse(
      Path path, Path file, FileChannel channel, @Nullable Throwable cause) throws IOException {
    channel.close();
    return new BrokerStartException(
        "the broker's folder "
            + path
            + " is in use by process "
            + Files.readString(file, UTF_8)
            + "; stop that process, or choose another folder",
        cause);
  }

  private void checkVersion() throws IOException {
    Path file = path.resolve("kafka-version");
    String current = AppInfoParser.getVersion();
    if (Files.exists(file)) {
      String wrote = Files.readString(file, UTF_8).strip();
      if (Version.parse(wrote).compareTo(Version.parse(current)) > 0) {
        throw new BrokerStartException(
            "the broker's folder "
                + path
                + " was written by Kafka "
                + wrote
                + ", this is Kafka "
                + current
                + "; use the newer release, or choose another folder");
      }
    }
    Files.writeString(file, current + System.lineSeparator(), UTF_8);
  }

  @Override
  public void close() {
    try {
      lock.close();
    } catch (IOException e) {
      throw new UncheckedIOException("cannot unlock " + path, e);
    }
  }
}
