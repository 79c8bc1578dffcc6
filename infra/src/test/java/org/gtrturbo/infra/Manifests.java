package org.gtrturbo.infra;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.strimzi.api.kafka.model.kafka.Kafka;
import io.strimzi.api.kafka.model.topic.KafkaTopic;
import io.strimzi.api.kafka.model.user.KafkaUser;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.gtrturbo.platform.settings.Settings;
import org.gtrturbo.platform.settings.SettingsReader;

/**
 * The manifests of a folder as they are written: the base, and overlays that patch it.
 *
 * @param base resources by the file that holds them
 */
record Manifests(
    Path folder,
    Kustomization kustomization,
    SequencedMap<String, List<HasMetadata>> base,
    Map<String, Overlay> overlays) {

  /**
   * @param patches by the file that holds them
   */
  record Overlay(
      String name, Kustomization kustomization, SequencedMap<String, List<HasMetadata>> patches) {}

  private static final String KUSTOMIZATION = "kustomization.yaml";
  private static final String SETTINGS = "settings.yaml";

  /**
   * Reads everything.
   *
   * @throws IllegalArgumentException if a file is not what it says it is
   */
  static Manifests read(Path folder) {
    Path base = folder.resolve("base");
    var overlays = new TreeMap<String, Overlay>();
    for (Path overlay : list(folder.resolve("overlays"))) {
      String name = overlay.getFileName().toString();
      overlays.put(
          name,
          new Overlay(
              name,
              StrictYaml.one(overlay.resolve(KUSTOMIZATION), Kustomization.class),
              resources(overlay)));
    }
    return new Manifests(
        folder,
        StrictYaml.one(base.resolve(KUSTOMIZATION), Kustomization.class),
        resources(base),
        overlays);
  }

  Kafka kafka() {
    return all(Kafka.class).getFirst();
  }

  List<KafkaTopic> topics() {
    return all(KafkaTopic.class);
  }

  List<KafkaUser> users() {
    return all(KafkaUser.class);
  }

  List<Deployment> deployments() {
    return all(Deployment.class);
  }

  <T extends HasMetadata> List<T> all(Class<T> type) {
    return base.values().stream()
        .flatMap(List::stream)
        .filter(type::isInstance)
        .map(type::cast)
        .toList();
  }

  Optional<HasMetadata> find(HasMetadata like) {
    return base.values().stream()
        .flatMap(List::stream)
        .filter(found -> found.getKind().equals(like.getKind()))
        .filter(found -> found.getMetadata().getName().equals(like.getMetadata().getName()))
        .findFirst();
  }

  Path settingsFile() {
    return folder.resolve("base").resolve(SETTINGS);
  }

  Path clientProperties() {
    return folder.resolve("base").resolve("client.properties");
  }

  /** The settings that the services are started with, with some of them changed. */
  Settings settings(List<String> changes) {
    return SettingsReader.read(Optional.of(settingsFile()), Optional.empty(), changes);
  }

  private static SequencedMap<String, List<HasMetadata>> resources(Path folder) {
    var resources = new LinkedHashMap<String, List<HasMetadata>>();
    for (Path file : list(folder)) {
      String name = file.getFileName().toString();
      if (name.endsWith(".yaml") && !name.equals(KUSTOMIZATION) && !name.equals(SETTINGS)) {
        resources.put(name, StrictYaml.resources(file));
      }
    }
    return resources;
  }

  private static List<Path> list(Path folder) {
    try (Stream<Path> files = Files.list(folder)) {
      return files.sorted().toList();
    } catch (IOException e) {
      throw new UncheckedIOException("cannot list " + folder, e);
    }
  }
}
