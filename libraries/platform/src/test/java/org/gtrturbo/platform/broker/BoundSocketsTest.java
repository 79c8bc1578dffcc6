package org.gtrturbo.platform.broker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.BindException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.channels.ServerSocketChannel;
import java.util.ArrayList;
import org.junit.jupiter.api.Test;

/** What a broker is told is free stays so until the broker has it. */
class BoundSocketsTest {
  private static final String HOST = "localhost";

  @Test
  void aBoundPortIsNobodyElsesUntilItIsTaken() throws Exception {
    int port;
    ServerSocketChannel socket;
    try (var sockets = new BoundSockets()) {
      port = sockets.bind(HOST, 0);
      assertThatThrownBy(() -> bindElsewhere(port)).isInstanceOf(BindException.class);
      socket = sockets.openServerSocket("CLIENTS", new InetSocketAddress(HOST, port), 50, -1);
    }

    try (socket) {
      assertThat(socket.socket().getLocalPort()).isEqualTo(port);
      assertThatThrownBy(() -> bindElsewhere(port)).isInstanceOf(BindException.class);
    }
  }

  @Test
  void aPortThatAnotherHasIsRefusedAtOnce() throws Exception {
    try (var other = new ServerSocket();
        var sockets = new BoundSockets()) {
      other.bind(new InetSocketAddress(HOST, 0));

      assertThatThrownBy(() -> sockets.bind(HOST, other.getLocalPort()))
          .isInstanceOf(BindException.class);
    }
  }

  @Test
  void whatNobodyTakesIsGivenFree() throws Exception {
    var ports = new ArrayList<Integer>();
    try (var sockets = new BoundSockets()) {
      for (int count = 0; count < 5; count++) {
        ports.add(sockets.bind(HOST, 0));
      }
    }

    // Any connection on this machine may get one of them meanwhile, but hardly all.
    assertThat(ports).anySatisfy(BoundSocketsTest::bindElsewhere);
  }

  @Test
  void aListenerThatNothingWasBoundForIsRefused() throws Exception {
    try (var sockets = new BoundSockets()) {
      assertThatThrownBy(
              () -> sockets.openServerSocket("CLIENTS", new InetSocketAddress(HOST, 1), 50, -1))
          .hasMessageContaining("no socket was bound for listener CLIENTS at localhost");
    }
  }

  private static void bindElsewhere(int port) throws Exception {
    try (var socket = new ServerSocket()) {
      socket.bind(new InetSocketAddress(HOST, port));
    }
  }
}
