package org.gtrturbo.platform.broker;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.Optional;

/**
 * Holds the port of a broker that was killed, and answers nobody, while the next one starts.
 *
 * <p>Until the dead broker's session ends, the metadata still name its address. The transaction
 * coordinator sends the markers of transactions that were committed right before the kill there;
 * when it is refused it looks their leader up again, without pause, and Kafka 4.3 takes the moment
 * in which the old session ends and there is no leader for a deleted topic: the markers are
 * dropped, and what was committed stays hidden from readers. Where the connection is taken, it
 * waits for an answer, and looks up nothing until the new broker is there.
 */
final class SilentDoor implements AutoCloseable {
  private static final int WAITING_CONNECTIONS = 16;

  private final Optional<ServerSocket> socket;

  private SilentDoor(Optional<ServerSocket> socket) {
    this.socket = socket;
  }

  /**
   * @param address {@code host:port} of the killed broker; without one, or where another process
   *     has the port by now, nothing is held
   */
  static SilentDoor at(Optional<String> address) {
    return new SilentDoor(
        address
            .map(text -> Integer.parseInt(text.substring(text.lastIndexOf(':') + 1)))
            .flatMap(SilentDoor::open));
  }

  private static Optional<ServerSocket> open(int port) {
    try {
      return Optional.of(
          new ServerSocket(port, WAITING_CONNECTIONS, InetAddress.getLoopbackAddress()));
    } catch (IOException taken) {
      return Optional.empty();
    }
  }

  @Override
  public void close() {
    try {
      if (socket.isPresent()) {
        socket.get().close();
      }
    } catch (IOException e) {
      throw new UncheckedIOException("cannot give a port free", e);
    }
  }
}
