package org.gtrturbo.infra;

import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.gtrturbo.infra.Manifests.Overlay;

/** What Kustomize would do: every file is listed and there, every change meets what it changes. */
final class KustomizeReview {
  private final Manifests manifests;
  private final Findings findings;

  private KustomizeReview(Manifests manifests, Findings findings) {
    this.manifests = manifests;
    this.findings = findings;
  }

  static void review(Manifests manifests, Findings findings) {
    var review = new KustomizeReview(manifests, findings);
    review.header(manifests.kustomization(), "base");
    review.base();
    manifests.overlays().values().forEach(review::overlay);
  }

  private void header(Kustomization kustomization, String where) {
    findings.requireEqual(
        kustomization.apiVersion(), "kustomize.config.k8s.io/v1beta1", where + " apiVersion");
    findings.requireEqual(kustomization.kind(), "Kustomization", where + " kind");
  }

  private void base() {
    findings.requireEqual(
        Set.copyOf(manifests.kustomization().resources()),
        manifests.base().keySet(),
        "base resources");
    for (Kustomization.Generator generator : manifests.kustomization().configMapGenerator()) {
      for (String file : generator.files()) {
        findings.require(
            Files.isRegularFile(manifests.folder().resolve("base").resolve(file)),
            "base configMapGenerator " + generator.name(),
            "names " + file + ", which is not there");
      }
    }
    manifests.base().values().stream()
        .flatMap(List::stream)
        .collect(Collectors.groupingBy(KustomizeReview::id, Collectors.counting()))
        .forEach((id, count) -> findings.require(count == 1, id, "must be there once"));
  }

  private void overlay(Overlay overlay) {
    String where = "overlay " + overlay.name();
    Kustomization kustomization = overlay.kustomization();
    header(kustomization, where);
    Path folder = manifests.folder().resolve("overlays").resolve(overlay.name());
    findings.requireEqual(
        kustomization.resources().stream()
            .map(resource -> folder.resolve(resource).normalize())
            .toList(),
        List.of(manifests.folder().resolve("base").normalize()),
        where + " resources");
    findings.requireEqual(
        kustomization.patches().stream().map(Kustomization.Patch::path).collect(Collectors.toSet()),
        overlay.patches().keySet(),
        where + " patches");
    overlay.patches().values().stream().flatMap(List::stream).forEach(patch -> patch(patch, where));
    List<String> deployments =
        manifests.deployments().stream().map(each -> each.getMetadata().getName()).toList();
    for (Kustomization.Replicas replicas : kustomization.replicas()) {
      findings.require(
          deployments.contains(replicas.name()),
          where,
          "sets replicas of " + replicas.name() + ", which is no deployment");
    }
    Set<String> images =
        manifests.deployments().stream()
            .flatMap(deployment -> containers(deployment).stream())
            .map(container -> container.getImage().split(":")[0])
            .collect(Collectors.toSet());
    for (Kustomization.Image image : kustomization.images()) {
      findings.require(
          images.contains(image.name()),
          where,
          "replaces image " + image.name() + ", which no container has");
    }
  }

  private void patch(HasMetadata patch, String where) {
    var target = manifests.find(patch);
    findings.require(
        target.isPresent(), where, "patches " + id(patch) + ", which is not in the base");
    if (patch instanceof Deployment changes
        && target.isPresent()
        && target.get() instanceof Deployment patched) {
      var names = containers(patched).stream().map(Container::getName).toList();
      for (Container container : containers(changes)) {
        findings.require(
            names.contains(container.getName()),
            where,
            "patches container " + container.getName() + ", which " + id(patch) + " does not have");
      }
    }
  }

  private static List<Container> containers(Deployment deployment) {
    return deployment.getSpec().getTemplate().getSpec().getContainers();
  }

  private static String id(HasMetadata resource) {
    return resource.getKind() + " " + resource.getMetadata().getName();
  }
}
