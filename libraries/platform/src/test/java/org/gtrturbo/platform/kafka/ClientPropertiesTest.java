package org.gtrturbo.platform.kafka;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import org.gtrturbo.platform.settings.Settings.KafkaSettings;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A cluster's clients take their security from a file, and nothing else. */
@Timeout(60)
class ClientPropertiesTest {
  @TempDir private Path folder;

  @Test
  void withoutAnAddressThereIsNoCluster() {
    assertThat(Cluster.named(new KafkaSettings(Optional.empty(), Optional.empty(), 1))).isEmpty();
  }

  @Test
  void withoutAFileClientsHaveNoSecurity() {
    assertThat(Cluster.named(new KafkaSettings(Optional.of("a:1"), Optional.empty(), 1)))
        .contains(new Cluster("a:1"));
  }

  @Test
  void everyClientIsConfiguredWithTheFile() throws IOException {
    Cluster cluster =
        named(
            """
            # how the learner logs in
            security.protocol = SASL_SSL
            sasl.mechanism=SCRAM-SHA-512
            sasl.jaas.config=${directory:/etc/gtr/user:sasl.jaas.config}
            ssl.truststore.location=/etc/gtr/cluster/ca.crt
            config.providers=directory
            config.providers.directory.param.allowed.paths=/etc/gtr/user
            """);

    assertThat(cluster.clientConfig("any"))
        .containsEntry("bootstrap.servers", "a:1")
        .containsEntry("security.protocol", "SASL_SSL")
        .containsEntry("sasl.mechanism", "SCRAM-SHA-512")
        .containsEntry("sasl.jaas.config", "${directory:/etc/gtr/user:sasl.jaas.config}")
        .containsEntry("ssl.truststore.location", "/etc/gtr/cluster/ca.crt")
        .containsEntry("config.providers", "directory")
        .containsEntry("config.providers.directory.param.allowed.paths", "/etc/gtr/user");
  }

  @Test
  void clientsLogInAsTheFileSays() throws IOException {
    Path secrets = Files.createDirectory(folder.resolve("user"));
    Files.writeString(secrets.resolve("protocol"), "PLAINTEXT");
    Path plain =
        file(
            """
            security.protocol=${directory:%s:protocol}
            config.providers=directory
            config.providers.directory.class=\
            org.apache.kafka.common.config.provider.DirectoryConfigProvider
            """
                .formatted(secrets));
    Cluster cluster = named(TestBroker.cluster().bootstrap(), plain);

    cluster.check(Duration.ofSeconds(30));

    Files.writeString(secrets.resolve("protocol"), "SSL");
    assertThatThrownBy(() -> cluster.check(Duration.ofSeconds(2)))
        .isInstanceOf(UnreachableClusterException.class);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "acks",
        "transactional.id",
        "isolation.level",
        "group.id",
        "bootstrap.servers",
        "client.rack",
        "sasl.mechansim",
        "ssl",
        "config.provider"
      })
  void whatIsNoSecuritySettingIsRefusedWithItsPlace(String name) throws IOException {
    Path file = file("security.protocol=SSL\n\n" + name + "=1\n");

    assertThatThrownBy(() -> named("a:1", file))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            file
                + ":3: "
                + name
                + " is no security setting of Kafka's clients; only those (security.*, sasl.*,"
                + " ssl.*) and config.providers may stand in kafka.clientProperties");
  }

  @Test
  void aFileThatIsNotThereIsNamed() {
    Path missing = folder.resolve("missing.properties");

    assertThatThrownBy(() -> named("a:1", missing))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("kafka.clientProperties names " + missing);
  }

  @Test
  void passwordsStayOutOfTheText() throws IOException {
    assertThat(named("ssl.key.password=secret\n")).hasToString("Cluster[a:1]");
  }

  private Cluster named(String properties) throws IOException {
    return named("a:1", file(properties));
  }

  private static Cluster named(String bootstrap, Path file) {
    return Cluster.named(new KafkaSettings(Optional.of(bootstrap), Optional.of(file.toString()), 1))
        .orElseThrow();
  }

  private Path file(String text) throws IOException {
    return Files.writeString(folder.resolve("client.properties"), text);
  }
}
