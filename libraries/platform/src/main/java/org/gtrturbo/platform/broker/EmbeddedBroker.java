package org.gtrturbo.platform.broker;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Properties;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.metadata.storage.Formatter;
import org.apache.kafka.server.common.MetadataVersion;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A Kafka broker and its controller inside this process, with its data in one folder; the addresses
 * are of the loopback interface.
 *
 * <p>The data outlives the process however it ends: what was acknowledged is in the page cache,
 * which a killed process leaves behind, and the next start recovers from it. A power cut may cost
 * the newest records.
 */
public final class EmbeddedBroker implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(EmbeddedBroker.class);
  private static final String HOST = "localhost";
  private static final int NODE = 1;
  private static final String CONTROLLER = "CONTROLLER";
  private static final long MEBIBYTE = 1 << 20;

  /**
   * One small node: few threads, every internal topic once, nothing waits for members that will not
   * come.
   */
  private static final Map<String, String> SETTINGS =
      Map.ofEntries(
          // After a kill the controller waits for the dead broker's session to end before it takes
          // the new one; a shorter one lapses while training keeps every core busy.
          Map.entry("broker.session.timeout.ms", "6000"),
          // What a killed learner or merger had open holds readers back until it is aborted.
          Map.entry("transaction.abort.timed.out.transaction.cleanup.interval.ms", "1000"),
          Map.entry("broker.heartbeat.interval.ms", "500"),
          Map.entry("num.network.threads", "2"),
          Map.entry("num.io.threads", "2"),
          Map.entry("background.threads", "2"),
          Map.entry("num.recovery.threads.per.data.dir", "2"),
          Map.entry("log.cleaner.dedupe.buffer.size", Long.toString(8 * MEBIBYTE)),
          Map.entry("log.segment.bytes", Long.toString(64 * MEBIBYTE)),
          Map.entry("log.index.size.max.bytes", Long.toString(MEBIBYTE)),
          Map.entry("log.preallocate", "false"),
          Map.entry("auto.create.topics.enable", "false"),
          Map.entry("num.partitions", "1"),
          Map.entry("default.replication.factor", "1"),
          Map.entry("offsets.topic.num.partitions", "1"),
          Map.entry("offsets.topic.replication.factor", "1"),
          // A run that is resumed months later still finds how far its groups had read.
          Map.entry("offsets.retention.minutes", Long.toString(Duration.ofDays(3650).toMinutes())),
          Map.entry("transaction.state.log.num.partitions", "1"),
          Map.entry("transaction.state.log.replication.factor", "1"),
          Map.entry("transaction.state.log.min.isr", "1"),
          Map.entry("share.coordinator.state.topic.num.partitions", "1"),
          Map.entry("share.coordinator.state.topic.replication.factor", "1"),
          Map.entry("share.coordinator.state.topic.min.isr", "1"),
          // A member of a killed process is given up after seconds, not after Kafka's 45.
          Map.entry("group.consumer.min.session.timeout.ms", "6000"),
          Map.entry("group.consumer.session.timeout.ms", "6000"),
          Map.entry("group.consumer.min.heartbeat.interval.ms", "1000"),
          Map.entry("group.consumer.heartbeat.interval.ms", "1000"),
          Map.entry("group.streams.min.session.timeout.ms", "6000"),
          Map.entry("group.streams.session.timeout.ms", "6000"),
          Map.entry("group.streams.min.heartbeat.interval.ms", "1000"),
          Map.entry("group.streams.heartbeat.interval.ms", "1000"),
          Map.entry("group.initial.rebalance.delay.ms", "0"),
          Map.entry("group.streams.initial.rebalance.delay.ms", "0"));

  private final BrokerFolder folder;
  private final BrokerNode node;
  private final String bootstrap;
  private boolean closed;

  private EmbeddedBroker(BrokerFolder folder, BrokerNode node, String bootstrap) {
    this.folder = folder;
    this.node = node;
    this.bootstrap = bootstrap;
  }

  /** Starts on a free port; see {@link #start(Path, OptionalInt)}. */
  public static EmbeddedBroker start(Path data) {
    return start(data, OptionalInt.empty());
  }

  /**
   * Starts a broker on the folder's data, formatting the folder where it is new; returns when
   * clients can connect.
   *
   * @param port where clients connect; a free one when not given
   * @throws BrokerStartException if another live process uses the folder, a newer Kafka wrote it,
   *     or the broker does not come up
   */
  public static EmbeddedBroker start(Path data, OptionalInt port) {
    BrokerFolder folder = BrokerFolder.open(data);
    String asked = HOST + ":" + port.orElse(0);
    String bootstrap = asked;
    try (SilentDoor _ =
            SilentDoor.at(folder.takeAddress().filter(killed -> !killed.equals(asked)));
        var sockets = new BoundSockets()) {
      bootstrap = HOST + ":" + sockets.bind(HOST, port.orElse(0));
      var controller = new InetSocketAddress(HOST, sockets.bind(HOST, 0));
      if (folder.isNew()) {
        format(folder.logs());
      }
      var config = configuration(folder.logs(), bootstrap, HOST + ":" + controller.getPort());
      var node = BrokerNode.start(config, controller, sockets);
      folder.publish(bootstrap);
      LOG.info("broker at {} on {}", bootstrap, folder.path());
      return new EmbeddedBroker(folder, node, bootstrap);
    } catch (Exception e) {
      folder.close();
      throw new BrokerStartException(
          "the embedded broker at "
              + bootstrap
              + " on "
              + folder.path()
              + " did not start: "
              + rootCause(e)
              + "; the log has Kafka's own account",
          e);
    }
  }

  /**
   * Where clients reach the broker that a live process runs on the folder, {@code host:port}; empty
   * where no process does, or its broker is not up yet.
   */
  public static Optional<String> runningOn(Path data) {
    return BrokerFolder.addressOfLive(data);
  }

  private static Throwable rootCause(Throwable failure) {
    return failure.getCause() == null ? failure : rootCause(failure.getCause());
  }

  /** {@code host:port} for clients. */
  public String bootstrap() {
    return bootstrap;
  }

  /** Stops the broker and gives the folder free. Closing again does nothing. */
  @Override
  public synchronized void close() {
    if (closed) {
      return;
    }
    closed = true;
    try {
      node.close();
      forgetAddress();
    } finally {
      folder.close();
    }
  }

  private void forgetAddress() {
    try {
      var _ = folder.takeAddress();
    } catch (IOException e) {
      throw new UncheckedIOException("cannot tidy " + folder.path(), e);
    }
  }

  private static void format(Path logs) throws Exception {
    new Formatter()
        .setNodeId(NODE)
        .setClusterId(Uuid.randomUuid().toString())
        .addDirectory(logs.toString())
        .setMetadataLogDirectory(logs.toString())
        .setControllerListenerName(CONTROLLER)
        .setReleaseVersion(MetadataVersion.LATEST_PRODUCTION)
        .setPrintStream(new PrintStream(OutputStream.nullOutputStream(), false, UTF_8))
        .run();
  }

  private static Properties configuration(Path logs, String clients, String controller)
      throws IOException {
    Files.createDirectories(logs);
    var config = new Properties();
    config.put("process.roles", "broker,controller");
    config.put("node.id", Integer.toString(NODE));
    config.put("log.dirs", logs.toString());
    config.put("listeners", "CLIENTS://%s,%s://%s".formatted(clients, CONTROLLER, controller));
    config.put("advertised.listeners", "CLIENTS://" + clients);
    config.put("listener.security.protocol.map", "CLIENTS:PLAINTEXT," + CONTROLLER + ":PLAINTEXT");
    config.put("inter.broker.listener.name", "CLIENTS");
    config.put("controller.listener.names", CONTROLLER);
    // Voters by setting: a quorum in the log would remember last time's port.
    config.put("controller.quorum.voters", NODE + "@" + controller);
    SETTINGS.forEach(config::put);
    return config;
  }
}
