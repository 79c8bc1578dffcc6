package org.gtrturbo.platform.broker;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.util.HashMap;
import java.util.Map;
import org.apache.kafka.server.ServerSocketFactory;

/**
 * A broker's sockets, bound before the broker has its settings: the ports in those are then its own
 * for sure. Who connects early waits for the broker.
 */
public final class BoundSockets implements ServerSocketFactory, AutoCloseable {
  /** As many as Kafka lets wait. */
  private static final int WAITING_CONNECTIONS = 50;

  private final Map<Integer, ServerSocketChannel> untaken = new HashMap<>();

  /**
   * Binds one more.
   *
   * @param port 0 for a free one
   * @return its port
   * @throws IOException if another process has the port
   */
  public int bind(String host, int port) throws IOException {
    ServerSocketChannel socket = ServerSocketChannel.open();
    try {
      socket.bind(new InetSocketAddress(host, port), WAITING_CONNECTIONS);
      socket.configureBlocking(false);
    } catch (IOException e) {
      socket.close();
      throw e;
    }
    int bound = socket.socket().getLocalPort();
    untaken.put(bound, socket);
    return bound;
  }

  /** Hands over the socket that was bound to the address; it is the caller's from then on. */
  @Override
  public ServerSocketChannel openServerSocket(
      String listener, InetSocketAddress address, int waitingConnections, int receiveBufferBytes)
      throws IOException {
    ServerSocketChannel socket = untaken.remove(address.getPort());
    if (socket == null) {
      throw new IOException("no socket was bound for listener " + listener + " at " + address);
    }
    return socket;
  }

  /** Closes those that no one took. */
  @Override
  public void close() throws IOException {
    for (ServerSocketChannel socket : untaken.values()) {
      socket.close();
    }
  }
}
