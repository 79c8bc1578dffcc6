package org.gtrturbo.infra;

import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.EnvVar;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.LabelSelector;
import io.fabric8.kubernetes.api.model.PodSpec;
import io.fabric8.kubernetes.api.model.Probe;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.api.model.networking.v1.NetworkPolicy;
import io.fabric8.kubernetes.api.model.policy.v1.PodDisruptionBudget;
import io.strimzi.api.kafka.model.kafka.KafkaResources;
import java.math.BigDecimal;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.gtrturbo.platform.kafka.Cluster;

/** The deployments start what the project builds, with all that it needs and no more rights. */
final class ServiceReview {
  private static final List<String> SERVICES = List.of("actor", "learner", "merger");
  private static final List<String> CHECK = List.of("/opt/gtr/healthy");

  private final Manifests manifests;
  private final String version;
  private final Findings findings;

  private ServiceReview(Manifests manifests, String version, Findings findings) {
    this.manifests = manifests;
    this.version = version;
    this.findings = findings;
  }

  static void review(Manifests manifests, String version, Findings findings) {
    var review = new ServiceReview(manifests, version, findings);
    String run = manifests.settings(List.of()).run().name();
    findings.requireEqual(
        manifests.deployments().stream().map(ServiceReview::name).sorted().toList(),
        SERVICES.stream().map(service -> run + "-" + service).toList(),
        "deployments");
    review.settings();
    review.selectors();
    manifests.deployments().forEach(deployment -> review.deployment(deployment, run));
  }

  private void settings() {
    var kafka = manifests.settings(List.of()).kafka();
    int port = manifests.kafka().getSpec().getKafka().getListeners().getFirst().getPort();
    findings.requireEqual(
        kafka.bootstrap(),
        Optional.of(KafkaResources.bootstrapServiceName(name(manifests.kafka())) + ":" + port),
        "kafka.bootstrap");
    var properties =
        Cluster.named(
                manifests
                    .settings(List.of("kafka.clientProperties=" + manifests.clientProperties()))
                    .kafka())
            .orElseThrow()
            .clientProperties();
    findings.requireEqual(
        properties.get("security.protocol"), "SASL_SSL", "client.properties security.protocol");
    findings.requireEqual(
        properties.get("sasl.mechanism"), "SCRAM-SHA-512", "client.properties sasl.mechanism");
  }

  private void selectors() {
    List<Map<String, String>> pods =
        manifests.deployments().stream()
            .map(deployment -> deployment.getSpec().getTemplate().getMetadata().getLabels())
            .toList();
    for (PodDisruptionBudget budget : manifests.all(PodDisruptionBudget.class)) {
      requireMatch(budget.getSpec().getSelector(), pods, 1, budget);
    }
    for (NetworkPolicy policy : manifests.all(NetworkPolicy.class)) {
      requireMatch(policy.getSpec().getPodSelector(), pods, SERVICES.size(), policy);
    }
  }

  private void requireMatch(
      LabelSelector selector, List<Map<String, String>> pods, int wanted, HasMetadata of) {
    long matched =
        pods.stream()
            .filter(labels -> labels.entrySet().containsAll(selector.getMatchLabels().entrySet()))
            .filter(
                labels ->
                    selector.getMatchExpressions().stream()
                        .allMatch(each -> each.getValues().contains(labels.get(each.getKey()))))
            .count();
    findings.requireEqual((int) matched, wanted, of.getKind() + " " + name(of) + " matches");
  }

  private void deployment(Deployment deployment, String run) {
    String where = "deployment " + name(deployment);
    String service = name(deployment).substring(run.length() + 1);
    var spec = deployment.getSpec();
    findings.requireEqual(
        spec.getSelector().getMatchLabels(),
        spec.getTemplate().getMetadata().getLabels(),
        where + " selector");
    if (!service.equals("actor")) {
      findings.requireEqual(spec.getReplicas(), 1, where + " replicas");
      findings.requireEqual(
          Optional.ofNullable(spec.getStrategy()).map(each -> each.getType()),
          Optional.of("Recreate"),
          where + " strategy");
    }
    PodSpec pod = spec.getTemplate().getSpec();
    findings.requireEqual(pod.getContainers().size(), 1, where + " containers");
    Container container = pod.getContainers().getFirst();
    findings.requireEqual(
        container.getImage(), "gtr-turbo/" + service + ":" + version, where + " image");
    findings.requireEqual(
        container.getArgs().stream().findFirst(), Optional.of("--settings"), where + " args");
    privileges(pod, container, where);
    probes(container, where);
    memory(container, where);
    MountReview.review(manifests, deployment, service, findings);
  }

  private void privileges(PodSpec pod, Container container, String where) {
    var ofPod = pod.getSecurityContext();
    findings.requireEqual(ofPod.getRunAsNonRoot(), true, where + " runAsNonRoot");
    findings.requireEqual(ofPod.getRunAsUser(), 10001L, where + " runAsUser");
    findings.requireEqual(ofPod.getFsGroup(), 10001L, where + " fsGroup");
    findings.requireEqual(
        ofPod.getSeccompProfile().getType(), "RuntimeDefault", where + " seccompProfile");
    findings.requireEqual(
        pod.getAutomountServiceAccountToken(), false, where + " automountServiceAccountToken");
    var own = container.getSecurityContext();
    findings.requireEqual(
        own.getAllowPrivilegeEscalation(), false, where + " allowPrivilegeEscalation");
    findings.requireEqual(own.getReadOnlyRootFilesystem(), true, where + " readOnlyRootFilesystem");
    findings.requireEqual(
        own.getCapabilities().getDrop(), List.of("ALL"), where + " dropped capabilities");
    findings.require(own.getCapabilities().getAdd().isEmpty(), where, "must add no capabilities");
  }

  private void probes(Container container, String where) {
    findings.requireEqual(command(container.getStartupProbe()), CHECK, where + " startupProbe");
    findings.requireEqual(command(container.getLivenessProbe()), CHECK, where + " livenessProbe");
  }

  private static List<String> command(Probe probe) {
    return Optional.ofNullable(probe).map(each -> each.getExec().getCommand()).orElseGet(List::of);
  }

  private void memory(Container container, String where) {
    BigDecimal limit = bytes(container.getResources().getLimits());
    findings.requireEqual(
        bytes(container.getResources().getRequests()), limit, where + " requested memory");
    String heap =
        container.getEnv().stream()
            .filter(variable -> variable.getName().equals("GTR_HEAP"))
            .map(EnvVar::getValue)
            .findFirst()
            .orElse("2g");
    BigDecimal heapBytes =
        Quantity.getAmountInBytes(new Quantity(heap.replace("g", "Gi").replace("m", "Mi")));
    // Models, sockets and the page cache of blobs live beside the heap.
    findings.require(
        heapBytes.multiply(BigDecimal.TWO).compareTo(limit) <= 0,
        where + " GTR_HEAP",
        "must be at most half of the memory, got " + heap);
  }

  private static BigDecimal bytes(Map<String, Quantity> quantities) {
    return Quantity.getAmountInBytes(quantities.getOrDefault("memory", new Quantity("0")));
  }

  private static String name(HasMetadata resource) {
    return resource.getMetadata().getName();
  }
}
