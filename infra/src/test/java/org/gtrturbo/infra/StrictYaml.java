package org.gtrturbo.infra;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.introspect.Annotated;
import com.fasterxml.jackson.databind.introspect.JacksonAnnotationIntrospector;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.api.model.networking.v1.NetworkPolicy;
import io.fabric8.kubernetes.api.model.policy.v1.PodDisruptionBudget;
import io.strimzi.api.kafka.model.kafka.Kafka;
import io.strimzi.api.kafka.model.nodepool.KafkaNodePool;
import io.strimzi.api.kafka.model.topic.KafkaTopic;
import io.strimzi.api.kafka.model.user.KafkaUser;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * YAML as the type that it says it is; a field that the type does not have, a field named twice and
 * a kind that is not expected are refused.
 */
final class StrictYaml {
  private static final Map<String, Class<? extends HasMetadata>> KINDS =
      Map.of(
          "kafka.strimzi.io/v1 Kafka", Kafka.class,
          "kafka.strimzi.io/v1 KafkaNodePool", KafkaNodePool.class,
          "kafka.strimzi.io/v1 KafkaTopic", KafkaTopic.class,
          "kafka.strimzi.io/v1 KafkaUser", KafkaUser.class,
          "apps/v1 Deployment", Deployment.class,
          "policy/v1 PodDisruptionBudget", PodDisruptionBudget.class,
          "networking.k8s.io/v1 NetworkPolicy", NetworkPolicy.class,
          "v1 PersistentVolumeClaim", PersistentVolumeClaim.class);

  private static final ObjectMapper YAML =
      new ObjectMapper(
              YAMLFactory.builder().enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION).build())
          .enable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
          .setAnnotationIntrospector(new Plain());

  private StrictYaml() {}

  /**
   * The models keep fields that they do not know, and write no defaults; here such a field is to be
   * refused, and what was read is to be compared with what was written.
   */
  private static final class Plain extends JacksonAnnotationIntrospector {
    private static final long serialVersionUID = 1L;

    @Override
    public Boolean hasAnySetter(Annotated annotated) {
      return false;
    }

    @Override
    public JsonInclude.Value findPropertyInclusion(Annotated annotated) {
      return JsonInclude.Value.construct(JsonInclude.Include.ALWAYS, JsonInclude.Include.ALWAYS);
    }
  }

  /**
   * The resources of a file with one or several documents.
   *
   * @throws IllegalArgumentException that names the file and what is wrong with it
   */
  static List<HasMetadata> resources(Path file) {
    var resources = new ArrayList<HasMetadata>();
    try (var documents = YAML.readerFor(JsonNode.class).<JsonNode>readValues(file.toFile())) {
      while (documents.hasNext()) {
        JsonNode document = documents.next();
        String kind = document.path("apiVersion").asText() + " " + document.path("kind").asText();
        Class<? extends HasMetadata> type = KINDS.get(kind);
        if (type == null) {
          throw new IllegalArgumentException(file + ": unexpected kind " + kind);
        }
        HasMetadata resource = YAML.treeToValue(document, type);
        requireKept(document, YAML.valueToTree(resource), kind);
        resources.add(resource);
      }
      return resources;
    } catch (IOException | RuntimeException e) {
      throw refused(file, e);
    }
  }

  /** Some of the models' enumerations read a word that they do not know as nothing. */
  private static void requireKept(JsonNode written, JsonNode kept, String place) {
    boolean isKept =
        switch (written) {
          case ObjectNode _ -> kept.isObject();
          case ArrayNode list -> kept.size() == list.size();
          default -> kept.asText().equals(written.asText());
        };
    if (!isKept) {
      throw new IllegalArgumentException(
          place + " cannot be " + written + ", which is read as " + kept);
    }
    written
        .properties()
        .forEach(
            field ->
                requireKept(
                    field.getValue(), kept.path(field.getKey()), place + "." + field.getKey()));
    if (written.isArray()) {
      for (int i = 0; i < written.size(); i++) {
        requireKept(written.path(i), kept.path(i), place + "[" + i + "]");
      }
    }
  }

  /** A file with one document; see {@link #resources}. */
  static <T> T one(Path file, Class<T> type) {
    try {
      return YAML.readValue(file.toFile(), type);
    } catch (IOException e) {
      throw refused(file, e);
    }
  }

  private static IllegalArgumentException refused(Path file, Exception cause) {
    String what =
        cause instanceof JsonProcessingException json
            ? json.getOriginalMessage()
            : cause.getMessage();
    return new IllegalArgumentException(file.getFileName() + ": " + what, cause);
  }
}
