package org.gtrturbo.infra;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** What the kustomizations here use of Kustomize; anything else is refused when it is read. */
record Kustomization(
    String apiVersion,
    String kind,
    @Nullable String namespace,
    @Nullable List<Labels> labels,
    @Nullable List<String> resources,
    @Nullable List<Generator> configMapGenerator,
    @Nullable List<Image> images,
    @Nullable List<Replicas> replicas,
    @Nullable List<Patch> patches) {

  record Labels(Map<String, String> pairs) {}

  record Generator(String name, List<String> files) {}

  record Image(String name, @Nullable String newName, @Nullable String newTag) {}

  record Replicas(String name, int count) {}

  record Patch(String path) {}

  Kustomization {
    labels = orEmpty(labels);
    resources = orEmpty(resources);
    configMapGenerator = orEmpty(configMapGenerator);
    images = orEmpty(images);
    replicas = orEmpty(replicas);
    patches = orEmpty(patches);
  }

  private static <T> List<T> orEmpty(@Nullable List<T> list) {
    return Optional.ofNullable(list).map(List::copyOf).orElseGet(List::of);
  }
}
