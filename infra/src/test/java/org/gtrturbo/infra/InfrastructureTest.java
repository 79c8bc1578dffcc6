package org.gtrturbo.infra;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * The manifests are what their types allow, fit together, and say what the code says: topics,
 * versions, settings, files, rights. Each check is shown to fail on manifests with one mistake.
 */
class InfrastructureTest {
  private static final Path HERE = Path.of("").toAbsolutePath();

  @TempDir private Path folder;

  @Test
  void theManifestsAreSound() {
    assertThat(review(HERE)).isEmpty();
  }

  @ParameterizedTest(name = "{0}: {1} -> {2}")
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '\0',
      textBlock =
          """
          learner.yaml     | replicas: 1                 | replica: 1                | learner.yaml: Unrecognized field "replica"
          learner.yaml     | periodSeconds: 15           | period: 15                | learner.yaml: Unrecognized field "period"
          learner.yaml     | kind: Deployment            | kind: ReplicaSet          | unexpected kind apps/v1 ReplicaSet
          learner.yaml     | strategy:                   | replicas: 1\\n  strategy: | Duplicate field 'replicas'
          topics.yaml      | topicName: gtr.runs         | topicname: gtr.runs       | topics.yaml: Unrecognized field "topicname"
          topics.yaml      | kafka.strimzi.io/v1         | kafka.strimzi.io/v1beta2  | unexpected kind kafka.strimzi.io/v1beta2 KafkaTopic
          users.yaml       | - Write                     | - Wride                   | operations[0] cannot be "Wride"
          users.yaml       | patternType: literal        | pattern: literal          | users.yaml: Unrecognized field "pattern"
          kafka.yaml       | metadataVersion             | metadata                  | kafka.yaml: Unrecognized field "metadata"
          kafka.yaml       | kraftMetadata: shared       | kraft: shared             | kafka.yaml: Unrecognized field "kraft"
          kustomization.yaml | namespace: gtr            | nameSpace: gtr            | kustomization.yaml: Unrecognized field "nameSpace"
          kustomization.yaml | "  - merger.yaml\\n"      | ""                        | base resources must be
          kustomization.yaml | - network.yaml            | - networks.yaml           | base resources must be
          kustomization.yaml | - client.properties       | - clients.properties      | names clients.properties, which is not there
          merger.yaml      | name: threecards-0-merger\\n  labels | name: threecards-0-learner\\n  labels | Deployment threecards-0-learner must be there once
          topics.yaml      | partitions: 12              | partitions: 8             | topic gtr.threecards-0.trajectories partitions must be 12, got 8
          topics.yaml      | retention.ms: 604800000     | retention.ms: 604800001   | topic gtr.threecards-0.metrics config must be
          topics.yaml      | topicName: gtr.threecards-0.ledger | topicName: gtr.threecards-1.ledger | topics must be
          topics.yaml      | replicas: 3                 | replicas: 1               | replicas must be 3, got 1
          topics.yaml      | strimzi.io/cluster: gtr     | strimzi.io/cluster: other | label strimzi.io/cluster must be gtr, got other
          kafka.yaml       | version: 4.3.1              | version: 4.3.0            | Kafka version must be 4.3.1, got 4.3.0
          kafka.yaml       | 4.3-IV0                     | 4.2-IV1                   | Kafka metadataVersion must be 4.3-IV0, got 4.2-IV1
          kafka.yaml       | replicas: 3                 | replicas: 2               | controllers must be an odd number of at least 3, got 2
          kafka.yaml       | min.insync.replicas: 2      | min.insync.replicas: 1    | Kafka config min.insync.replicas must be Optional[2]
          kafka.yaml       | default.replication.factor  | default.replication       | Kafka config default.replication is no setting of a broker
          kafka.yaml       | offsets.retention.minutes: 525600 | log.dirs: /data     | Kafka config log.dirs is the operator's to set
          kafka.yaml       | tls: true                   | tls: false                | listener services must have TLS
          kafka.yaml       | port: 9093                  | port: 9094                | kafka.bootstrap must be
          kafka.yaml       | type: scram-sha-512         | type: tls                 | authentication must be tls, got scram-sha-512
          learner.yaml     | image: gtr-turbo/learner:   | image: gtr-turbo/learner:1 | image must be gtr-turbo/learner:
          learner.yaml     | name: threecards-0-learner\\n  labels | name: threecards-1-learner\\n  labels | deployments must be
          learner.yaml     | replicas: 1                 | replicas: 2               | deployment threecards-0-learner replicas must be 1, got 2
          learner.yaml     | type: Recreate              | type: RollingUpdate       | strategy must be Optional[Recreate]
          learner.yaml     | runAsNonRoot: true          | runAsNonRoot: false       | runAsNonRoot must be true, got false
          learner.yaml     | readOnlyRootFilesystem: true | readOnlyRootFilesystem: false | readOnlyRootFilesystem must be true
          learner.yaml     | allowPrivilegeEscalation: false | allowPrivilegeEscalation: true | allowPrivilegeEscalation must be false
          learner.yaml     | - ALL                       | - NET_RAW                 | dropped capabilities must be [ALL]
          learner.yaml     | value: 1g                   | value: 3g                 | GTR_HEAP must be at most half of the memory, got 3g
          learner.yaml     | - /opt/gtr/healthy          | - /opt/gtr/health         | startupProbe must be [/opt/gtr/healthy]
          learner.yaml     | - --settings                | - --setting               | args must be
          learner.yaml     | run/settings.yaml           | run/setting.yaml          | has no /etc/gtr/run/setting.yaml, which is named
          learner.yaml     | secretName: threecards-0-learner | secretName: threecards-0-actor | must log in as itself, got secret threecards-0-actor
          learner.yaml     | path: ca.crt                | path: ca.pem              | has no /etc/gtr/cluster/ca.crt, which is named
          learner.yaml     | key: sasl.jaas.config       | key: password             | has no /etc/gtr/user/sasl.jaas.config, which is named
          learner.yaml     | threecards-0/blobs          | threecards/blobs          | writable folders must be
          learner.yaml     | claimName: threecards-0-blobs | claimName: threecards-0-blob | claims threecards-0-blob, which is no claim
          learner.yaml     | name: threecards-0-run      | name: threecards-0-runs   | has no /etc/gtr/run/settings.yaml, which is named
          merger.yaml      | /merger-state               | /state                    | writable folders must be
          blobs.yaml       | - ReadWriteMany             | - ReadWriteOnce           | which is no claim that many can write
          network.yaml     | - merger                    | - emerger                 | NetworkPolicy threecards-0-services matches must be 3, got 2
          actor.yaml       | maxUnavailable: 50%\\n  selector:\\n    matchLabels:\\n      app.kubernetes.io/name: actor | maxUnavailable: 50%\\n  selector:\\n    matchLabels:\\n      app.kubernetes.io/name: actors | PodDisruptionBudget threecards-0-actor matches must be 1, got 0
          settings.yaml    | trajectoryPartitions: 12    | partitions: 12            | unknown setting kafka.partitions
          settings.yaml    | name: threecards-0          | name: other               | topics must be
          settings.yaml    | gtr-kafka-bootstrap         | kafka                     | kafka.bootstrap must be
          client.properties | SCRAM-SHA-512              | PLAIN                     | client.properties sasl.mechanism must be SCRAM-SHA-512, got PLAIN
          client.properties | ssl.truststore.type        | acks                      | acks is no security setting
          client.properties | cluster/ca.crt             | cluster/ca.pem            | has no /etc/gtr/cluster/ca.pem, which is named
          """)
  void aMistakeInTheBaseIsFound(String file, String right, String wrong, String finding) {
    change(Path.of("base", file), right, wrong);

    assertThat(review(folder)).anySatisfy(found -> assertThat(found).contains(finding));
  }

  @ParameterizedTest(name = "{0}: {1} -> {2}")
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '\0',
      textBlock =
          """
          cpu/kustomization.yaml | ../../base            | ../base                     | overlay cpu resources must be
          cpu/kustomization.yaml | path: actor.yaml      | path: actors.yaml           | overlay cpu patches must be
          cpu/kustomization.yaml | name: threecards-0-actor | name: threecards-0-player | sets replicas of threecards-0-player, which is no deployment
          cpu/actor.yaml         | name: threecards-0-actor | name: threecards-0-player | patches Deployment threecards-0-player, which is not in the base
          cpu/actor.yaml         | - name: actor         | - name: player              | patches container player, which Deployment threecards-0-actor does not have
          gpu/kustomization.yaml | gtr-turbo/learner     | gtr-turbo/learners          | replaces image gtr-turbo/learners, which no container has
          gpu/kustomization.yaml | newTag                | tag                         | kustomization.yaml: Unrecognized field "tag"
          gpu/learner.yaml       | operator: Exists      | operators: Exists           | learner.yaml: Unrecognized field "operators"
          """)
  void aMistakeInAnOverlayIsFound(String file, String right, String wrong, String finding) {
    change(Path.of("overlays").resolve(file), right, wrong);

    assertThat(review(folder)).anySatisfy(found -> assertThat(found).contains(finding));
  }

  @Test
  void anotherVersionOfTheProjectIsFound() {
    assertThat(ManifestReview.of(HERE, "9.9"))
        .contains(
            "deployment threecards-0-actor image must be gtr-turbo/actor:9.9, got gtr-turbo/actor:"
                + version());
  }

  private static List<String> review(Path manifests) {
    return ManifestReview.of(manifests, version());
  }

  private static String version() {
    return System.getProperty("projectVersion");
  }

  /** A copy of the manifests with the first occurrence replaced, which must be there. */
  private void change(Path file, String right, String wrong) {
    copy(HERE.resolve("base"), folder.resolve("base"));
    copy(HERE.resolve("overlays"), folder.resolve("overlays"));
    try {
      Path changed = folder.resolve(file);
      String text = Files.readString(changed);
      String before = unquoted(right);
      assertThat(text).contains(before);
      int at = text.indexOf(before);
      Files.writeString(
          changed, text.substring(0, at) + unquoted(wrong) + text.substring(at + before.length()));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static String unquoted(String cell) {
    String text = cell.replace("\\n", "\n");
    return text.length() > 1 && text.startsWith("\"") && text.endsWith("\"")
        ? text.substring(1, text.length() - 1)
        : text;
  }

  private static void copy(Path from, Path to) {
    try (Stream<Path> files = Files.walk(from)) {
      for (Path file : files.toList()) {
        Path copy = to.resolve(from.relativize(file));
        if (Files.isDirectory(file)) {
          Files.createDirectories(copy);
        } else {
          Files.copy(file, copy);
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
