package org.gtrturbo.platform.broker;

import java.net.InetSocketAddress;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.CompletableFuture;
import kafka.server.BrokerServer;
import kafka.server.ControllerServer;
import kafka.server.KafkaConfig;
import kafka.server.KafkaRaftServer;
import kafka.server.Server;
import kafka.server.SharedServer;
import kafka.server.StandardFaultHandlerFactory;
import org.apache.kafka.common.utils.Time;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Kafka's broker and controller over sockets that are bound already.
 *
 * <p>{@link KafkaRaftServer}, of which this is the part that counts here, binds its own: whoever
 * tells it a port that is free finds it taken now and then, and where that is the controller's port
 * Kafka ends the whole process.
 */
public final class BrokerNode implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(BrokerNode.class);

  private final ControllerServer controller;
  private final BrokerServer broker;

  private BrokerNode(ControllerServer controller, BrokerServer broker) {
    this.controller = controller;
    this.broker = broker;
  }

  /**
   * Starts both; returns when clients can connect.
   *
   * @param config of both roles, its folder formatted
   * @param controller where the controller listens
   * @param sockets for every listener that the config names
   */
  public static BrokerNode start(
      Properties config, InetSocketAddress controller, BoundSockets sockets) {
    var settings = KafkaConfig.fromProps(config, false);
    var logs = KafkaRaftServer.initializeLogDirs(settings, LOG, "");
    var shared =
        new SharedServer(
            settings,
            logs._1(),
            Time.SYSTEM,
            Server.initializeMetrics(settings, Time.SYSTEM, logs._1().clusterId().orElseThrow()),
            CompletableFuture.completedFuture(Map.of(settings.nodeId(), controller)),
            List.of(),
            new StandardFaultHandlerFactory(),
            sockets);
    var node =
        new BrokerNode(
            new ControllerServer(shared, KafkaRaftServer.configSchema(), logs._2()),
            new BrokerServer(shared));
    try {
      node.controller.startup();
      node.broker.startup();
      return node;
    } catch (RuntimeException e) {
      // What had started before would go on and keep the folder.
      node.shutdown();
      throw e;
    }
  }

  private void shutdown() {
    broker.shutdown();
    controller.shutdown();
  }

  /** Stops both; returns when they have. */
  @Override
  public void close() {
    shutdown();
    broker.awaitShutdown();
    controller.awaitShutdown();
  }
}
