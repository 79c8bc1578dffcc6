package org.gtrturbo.infra;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.strimzi.api.kafka.model.kafka.KafkaClusterSpec;
import io.strimzi.api.kafka.model.nodepool.KafkaNodePool;
import io.strimzi.api.kafka.model.nodepool.ProcessRoles;
import io.strimzi.api.kafka.model.topic.KafkaTopic;
import io.strimzi.api.kafka.model.user.KafkaUser;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.kafka.common.utils.AppInfoParser;
import org.apache.kafka.server.common.MetadataVersion;
import org.apache.kafka.server.config.AbstractKafkaConfig;
import org.gtrturbo.events.Topic;
import org.gtrturbo.events.TopicCatalogue;
import org.gtrturbo.platform.settings.Settings;

/** The cluster, its topics and its users are what the product expects. */
final class ClusterReview {
  private final Manifests manifests;
  private final Findings findings;

  private ClusterReview(Manifests manifests, Findings findings) {
    this.manifests = manifests;
    this.findings = findings;
  }

  static void review(Manifests manifests, Findings findings) {
    var review = new ClusterReview(manifests, findings);
    review.versions();
    review.durability();
    review.brokerSettings();
    review.topics();
    review.membership();
    review.logins();
  }

  private KafkaClusterSpec kafka() {
    return manifests.kafka().getSpec().getKafka();
  }

  private void versions() {
    findings.requireEqual(kafka().getVersion(), AppInfoParser.getVersion(), "Kafka version");
    findings.requireEqual(
        kafka().getMetadataVersion(),
        MetadataVersion.LATEST_PRODUCTION.version(),
        "Kafka metadataVersion");
  }

  private void durability() {
    int brokers = nodes(ProcessRoles.BROKER);
    findings.require(brokers >= 3, "brokers", "must be at least 3, got " + brokers);
    int controllers = nodes(ProcessRoles.CONTROLLER);
    findings.require(
        controllers >= 3 && controllers % 2 == 1,
        "controllers",
        "must be an odd number of at least 3, got " + controllers);
    for (String replication :
        List.of(
            "default.replication.factor",
            "offsets.topic.replication.factor",
            "transaction.state.log.replication.factor",
            "share.coordinator.state.topic.replication.factor")) {
      findings.requireEqual(config(replication), Optional.of("3"), "Kafka config " + replication);
    }
    for (String inSync :
        List.of(
            "min.insync.replicas",
            "transaction.state.log.min.isr",
            "share.coordinator.state.topic.min.isr")) {
      findings.requireEqual(config(inSync), Optional.of("2"), "Kafka config " + inSync);
    }
    for (String unsafe : List.of("unclean.leader.election.enable", "auto.create.topics.enable")) {
      findings.requireEqual(config(unsafe), Optional.of("false"), "Kafka config " + unsafe);
    }
  }

  private int nodes(ProcessRoles role) {
    return manifests.all(KafkaNodePool.class).stream()
        .filter(pool -> pool.getSpec().getRoles().contains(role))
        .mapToInt(pool -> pool.getSpec().getReplicas())
        .sum();
  }

  private Optional<String> config(String name) {
    return Optional.ofNullable(kafka().getConfig().get(name)).map(Object::toString);
  }

  private void brokerSettings() {
    var known = AbstractKafkaConfig.CONFIG_DEF.names();
    List<String> operators = prefixes(KafkaClusterSpec.FORBIDDEN_PREFIXES);
    List<String> exceptions = prefixes(KafkaClusterSpec.FORBIDDEN_PREFIX_EXCEPTIONS);
    for (String name : kafka().getConfig().keySet()) {
      findings.require(known.contains(name), "Kafka config " + name, "is no setting of a broker");
      findings.require(
          operators.stream().noneMatch(name::startsWith)
              || exceptions.stream().anyMatch(name::startsWith),
          "Kafka config " + name,
          "is the operator's to set");
    }
  }

  private static List<String> prefixes(String list) {
    return Arrays.stream(list.split(",")).map(String::strip).toList();
  }

  private void topics() {
    Settings settings = manifests.settings(List.of());
    var catalogue =
        new TopicCatalogue(settings.run().name(), settings.kafka().trajectoryPartitions());
    Stream<Topic<?>> merging =
        Stream.of(
            catalogue.shardTasks(settings.merger().shardPartitions()), catalogue.shardResults());
    Map<String, Topic<?>> wanted =
        Stream.concat(catalogue.all().stream(), merging)
            .collect(Collectors.toMap(Topic::name, topic -> topic));
    findings.requireEqual(
        manifests.topics().stream().map(topic -> topic.getSpec().getTopicName()).sorted().toList(),
        wanted.keySet().stream().sorted().toList(),
        "topics");
    for (KafkaTopic topic : manifests.topics()) {
      Optional.ofNullable(wanted.get(topic.getSpec().getTopicName()))
          .ifPresent(catalogued -> topic(topic, catalogued));
    }
  }

  private void topic(KafkaTopic topic, Topic<?> catalogued) {
    String where = "topic " + catalogued.name();
    findings.requireEqual(
        topic.getSpec().getPartitions(), catalogued.partitions(), where + " partitions");
    findings.requireEqual(
        topic.getSpec().getConfig().entrySet().stream()
            .collect(Collectors.toMap(Map.Entry::getKey, entry -> entry.getValue().toString())),
        catalogued.config(),
        where + " config");
    findings.requireEqual(topic.getSpec().getReplicas(), 3, where + " replicas");
  }

  private void membership() {
    String cluster = manifests.kafka().getMetadata().getName();
    Stream.of(KafkaNodePool.class, KafkaTopic.class, KafkaUser.class)
        .flatMap(type -> manifests.all(type).stream())
        .forEach(
            resource ->
                findings.requireEqual(
                    labels(resource).get("strimzi.io/cluster"),
                    cluster,
                    resource.getKind()
                        + " "
                        + resource.getMetadata().getName()
                        + " label strimzi.io/cluster"));
  }

  private static Map<String, String> labels(HasMetadata resource) {
    return Optional.ofNullable(resource.getMetadata().getLabels()).orElseGet(Map::of);
  }

  private void logins() {
    var listener = kafka().getListeners().getFirst();
    findings.requireEqual(kafka().getListeners().size(), 1, "listeners");
    findings.require(listener.isTls(), "listener " + listener.getName(), "must have TLS");
    findings.requireEqual(
        Optional.ofNullable(kafka().getAuthorization()).map(each -> each.getType()),
        Optional.of("simple"),
        "Kafka authorization");
    for (KafkaUser user : manifests.users()) {
      findings.requireEqual(
          user.getSpec().getAuthentication().getType(),
          Optional.ofNullable(listener.getAuth()).map(each -> each.getType()).orElse("none"),
          "user " + user.getMetadata().getName() + " authentication");
    }
  }
}
