package org.gtrturbo.infra;

import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import io.fabric8.kubernetes.api.model.PodSpec;
import io.fabric8.kubernetes.api.model.SecretVolumeSource;
import io.fabric8.kubernetes.api.model.Volume;
import io.fabric8.kubernetes.api.model.VolumeMount;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.strimzi.api.kafka.model.kafka.KafkaResources;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.gtrturbo.platform.kafka.Cluster;

/**
 * A service finds every file that it is told of, and can write where it writes and nowhere else.
 */
final class MountReview {
  /** A file, or a folder and, after a colon, a file in it. */
  private static final Pattern NAMED = Pattern.compile("/etc/gtr/[^\\s:}]+(:[^\\s}]+)?");

  private static final String SECRETS = "/etc/gtr/user";

  private final Manifests manifests;
  private final String run;
  private final String service;
  private final String where;
  private final Findings findings;

  private MountReview(Manifests manifests, String service, String where, Findings findings) {
    this.manifests = manifests;
    this.run = manifests.settings(List.of()).run().name();
    this.service = service;
    this.where = where;
    this.findings = findings;
  }

  static void review(
      Manifests manifests, Deployment deployment, String service, Findings findings) {
    new MountReview(manifests, service, "deployment " + name(deployment), findings)
        .review(deployment.getSpec().getTemplate().getSpec());
  }

  private void review(PodSpec pod) {
    Container container = pod.getContainers().getFirst();
    Map<String, Volume> volumes =
        pod.getVolumes().stream().collect(Collectors.toMap(Volume::getName, volume -> volume));
    var files = new HashSet<String>();
    var writable = new HashSet<String>();
    var mounted = new HashSet<String>();
    for (VolumeMount mount : container.getVolumeMounts()) {
      mounted.add(mount.getName());
      Optional.ofNullable(volumes.get(mount.getName()))
          .ifPresent(
              volume -> {
                filesOf(volume).forEach(file -> files.add(mount.getMountPath() + "/" + file));
                if (isWritable(volume)) {
                  writable.add(mount.getMountPath());
                }
              });
    }
    findings.requireEqual(mounted, volumes.keySet(), where + " mounted volumes");
    findings.requireEqual(writable, written(), where + " writable folders");
    for (String file : named(container)) {
      findings.require(files.contains(file), where, "has no " + file + ", which is named");
    }
  }

  private Set<String> written() {
    String home = "/var/lib/gtr/" + run;
    return service.equals("merger")
        ? Set.of(home + "/blobs", home + "/merger-state", "/tmp")
        : Set.of(home + "/blobs", "/tmp");
  }

  private static boolean isWritable(Volume volume) {
    return volume.getEmptyDir() != null || volume.getPersistentVolumeClaim() != null;
  }

  /** Every file that the arguments, the settings and the client properties name. */
  private Set<String> named(Container container) {
    var kafka =
        manifests
            .settings(List.of("kafka.clientProperties=" + manifests.clientProperties()))
            .kafka();
    var texts = new ArrayList<>(container.getArgs());
    texts.add(manifests.settings(List.of()).kafka().clientProperties().orElse(""));
    texts.addAll(Cluster.named(kafka).orElseThrow().clientProperties().values());
    var named = new HashSet<String>();
    for (String text : texts) {
      Matcher path = NAMED.matcher(text);
      while (path.find()) {
        named.add(path.group().replace(':', '/'));
      }
    }
    // The folder that secrets may come from.
    named.remove(SECRETS);
    return named;
  }

  /** The names of the files that the volume brings. */
  private Set<String> filesOf(Volume volume) {
    if (volume.getConfigMap() != null) {
      return manifests.kustomization().configMapGenerator().stream()
          .filter(generator -> generator.name().equals(volume.getConfigMap().getName()))
          .flatMap(generator -> generator.files().stream())
          .collect(Collectors.toSet());
    }
    if (volume.getSecret() != null) {
      return filesOf(volume.getSecret());
    }
    if (volume.getPersistentVolumeClaim() != null) {
      requireShared(volume.getPersistentVolumeClaim().getClaimName());
    }
    return Set.of();
  }

  private Set<String> filesOf(SecretVolumeSource secret) {
    String name = secret.getSecretName();
    boolean isTrust =
        name.equals(KafkaResources.clusterCaCertificateSecretName(name(manifests.kafka())));
    boolean isOwn =
        name.equals(run + "-" + service)
            && manifests.users().stream().anyMatch(user -> name(user).equals(name));
    findings.require(isTrust || isOwn, where, "must log in as itself, got secret " + name);
    String key = isTrust ? "ca.crt" : "sasl.jaas.config";
    return secret.getItems().stream()
        .filter(item -> item.getKey().equals(key))
        .map(item -> item.getPath())
        .collect(Collectors.toSet());
  }

  private void requireShared(String claim) {
    findings.require(
        manifests.all(PersistentVolumeClaim.class).stream()
            .filter(each -> each.getSpec().getAccessModes().contains("ReadWriteMany"))
            .anyMatch(each -> name(each).equals(claim)),
        where,
        "claims " + claim + ", which is no claim that many can write");
  }

  private static String name(HasMetadata resource) {
    return resource.getMetadata().getName();
  }
}
