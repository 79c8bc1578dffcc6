package org.gtrturbo.infra;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.metadata.storage.Formatter;
import org.apache.kafka.server.common.MetadataVersion;
import org.gtrturbo.platform.broker.BoundSockets;
import org.gtrturbo.platform.broker.BrokerNode;
import org.gtrturbo.platform.kafka.Cluster;

/**
 * A broker that is guarded as the manifests say: TLS, logins and access rules on the services'
 * listener. It is one and not three, so everything is kept once; the administrator comes in by
 * another listener.
 */
final class GuardedBroker implements AutoCloseable {
  private static final String HOST = "localhost";
  private static final String PASSWORD = "of-the-key-store";
  private static final Map<String, String> SINGLE =
      Map.of(
          "default.replication.factor", "1",
          "min.insync.replicas", "1",
          "offsets.topic.replication.factor", "1",
          "offsets.topic.num.partitions", "1",
          "transaction.state.log.replication.factor", "1",
          "transaction.state.log.min.isr", "1",
          "transaction.state.log.num.partitions", "1",
          "share.coordinator.state.topic.replication.factor", "1",
          "share.coordinator.state.topic.min.isr", "1",
          "group.initial.rebalance.delay.ms", "0");

  private final BrokerNode node;
  private final String administrators;
  private final String services;

  private GuardedBroker(BrokerNode node, String administrators, String services) {
    this.node = node;
    this.administrators = administrators;
    this.services = services;
  }

  /**
   * Starts a broker; the certificate that it is to be trusted by is {@code ca.crt} in the folder.
   *
   * @param config of the broker, what a single one cannot fulfil replaced
   * @param passwords by user
   */
  static GuardedBroker start(Path folder, Map<String, Object> config, Map<String, String> passwords)
      throws Exception {
    makeCertificate(folder);
    String logs = folder.resolve("logs").toString();
    format(logs, passwords);
    try (var sockets = new BoundSockets()) {
      String administrators = HOST + ":" + sockets.bind(HOST, 0);
      String services = HOST + ":" + sockets.bind(HOST, 0);
      var controller = new InetSocketAddress(HOST, sockets.bind(HOST, 0));
      var properties = new Properties();
      config.forEach((name, value) -> properties.put(name, value.toString()));
      properties.putAll(SINGLE);
      properties.putAll(
          guarded(folder, administrators, services, HOST + ":" + controller.getPort()));
      properties.put("log.dirs", logs);
      return new GuardedBroker(
          BrokerNode.start(properties, controller, sockets), administrators, services);
    }
  }

  /** Who may do everything. */
  Cluster administrator() {
    return new Cluster(administrators);
  }

  /** Where services log in. */
  String services() {
    return services;
  }

  @Override
  public void close() {
    node.close();
  }

  private static Map<String, String> guarded(
      Path folder, String administrators, String services, String controller) {
    return Map.ofEntries(
        Map.entry("process.roles", "broker,controller"),
        Map.entry("node.id", "1"),
        Map.entry(
            "listeners",
            "ADMIN://%s,SERVICES://%s,CONTROLLER://%s"
                .formatted(administrators, services, controller)),
        Map.entry(
            "advertised.listeners", "ADMIN://%s,SERVICES://%s".formatted(administrators, services)),
        Map.entry(
            "listener.security.protocol.map",
            "ADMIN:PLAINTEXT,SERVICES:SASL_SSL,CONTROLLER:PLAINTEXT"),
        Map.entry("inter.broker.listener.name", "ADMIN"),
        Map.entry("controller.listener.names", "CONTROLLER"),
        Map.entry("controller.quorum.voters", "1@" + controller),
        Map.entry("sasl.enabled.mechanisms", "SCRAM-SHA-512"),
        Map.entry(
            "listener.name.services.scram-sha-512.sasl.jaas.config",
            "org.apache.kafka.common.security.scram.ScramLoginModule required;"),
        Map.entry("ssl.keystore.type", "PKCS12"),
        Map.entry("ssl.keystore.location", folder.resolve("broker.p12").toString()),
        Map.entry("ssl.keystore.password", PASSWORD),
        Map.entry("authorizer.class.name", RecordingAuthorizer.class.getName()),
        Map.entry("super.users", "User:ANONYMOUS"));
  }

  private static void format(String logs, Map<String, String> passwords) throws Exception {
    new Formatter()
        .setNodeId(1)
        .setClusterId(Uuid.randomUuid().toString())
        .setDirectories(List.of(logs))
        .setMetadataLogDirectory(logs)
        .setControllerListenerName("CONTROLLER")
        .setReleaseVersion(MetadataVersion.LATEST_PRODUCTION)
        .setScramArguments(
            passwords.entrySet().stream()
                .map(
                    user ->
                        "SCRAM-SHA-512=[name=%s,password=%s]"
                            .formatted(user.getKey(), user.getValue()))
                .toList())
        .setPrintStream(new PrintStream(OutputStream.nullOutputStream(), false, UTF_8))
        .run();
  }

  private static void makeCertificate(Path folder) throws IOException, InterruptedException {
    String store = folder.resolve("broker.p12").toString();
    keytool(
        "-genkeypair -alias broker -keyalg EC -dname CN=localhost -ext san=dns:localhost",
        store,
        List.of("-validity", "2"));
    keytool(
        "-exportcert -rfc -alias broker",
        store,
        List.of("-file", folder.resolve("ca.crt").toString()));
  }

  private static void keytool(String command, String store, List<String> more)
      throws IOException, InterruptedException {
    var words = new ArrayList<String>();
    words.add(Path.of(System.getProperty("java.home"), "bin", "keytool").toString());
    words.addAll(List.of(command.split(" ")));
    words.addAll(List.of("-storetype", "PKCS12", "-keystore", store, "-storepass", PASSWORD));
    words.addAll(more);
    Path output = Files.createTempFile("keytool", ".txt");
    int exit =
        new ProcessBuilder(words)
            .redirectErrorStream(true)
            .redirectOutput(output.toFile())
            .start()
            .waitFor();
    String said = Files.readString(output);
    Files.delete(output);
    if (exit != 0) {
      throw new IOException("keytool ended with " + exit + ": " + said);
    }
  }
}
