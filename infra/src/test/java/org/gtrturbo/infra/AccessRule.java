package org.gtrturbo.infra;

import io.strimzi.api.kafka.model.user.KafkaUser;
import io.strimzi.api.kafka.model.user.KafkaUserAuthorizationSimple;
import io.strimzi.api.kafka.model.user.acl.AclResourcePatternType;
import io.strimzi.api.kafka.model.user.acl.AclRule;
import io.strimzi.api.kafka.model.user.acl.AclRuleGroupResource;
import io.strimzi.api.kafka.model.user.acl.AclRuleTopicResource;
import io.strimzi.api.kafka.model.user.acl.AclRuleTransactionalIdResource;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import org.apache.kafka.common.acl.AccessControlEntry;
import org.apache.kafka.common.acl.AclBinding;
import org.apache.kafka.common.acl.AclOperation;
import org.apache.kafka.common.acl.AclPermissionType;
import org.apache.kafka.common.resource.PatternType;
import org.apache.kafka.common.resource.ResourcePattern;
import org.apache.kafka.common.resource.ResourceType;
import org.gtrturbo.infra.RecordingAuthorizer.Access;

/** One operation that a user's manifest allows. */
record AccessRule(String principal, ResourcePattern resource, AclOperation operation) {

  /** What the manifests of the users allow, each operation by itself. */
  static List<AccessRule> of(List<KafkaUser> users) {
    return users.stream().flatMap(AccessRule::of).toList();
  }

  private static Stream<AccessRule> of(KafkaUser user) {
    var authorization = (KafkaUserAuthorizationSimple) user.getSpec().getAuthorization();
    String principal = "User:" + user.getMetadata().getName();
    return authorization.getAcls().stream()
        .flatMap(
            rule ->
                rule.getOperations().stream()
                    .map(
                        operation ->
                            new AccessRule(
                                principal,
                                resource(rule),
                                AclOperation.fromString(
                                    operation.toValue().toUpperCase(Locale.ROOT)))));
  }

  private static ResourcePattern resource(AclRule rule) {
    return switch (rule.getResource()) {
      case AclRuleTopicResource topic ->
          pattern(ResourceType.TOPIC, topic.getName(), topic.getPatternType());
      case AclRuleGroupResource group ->
          pattern(ResourceType.GROUP, group.getName(), group.getPatternType());
      case AclRuleTransactionalIdResource id ->
          pattern(ResourceType.TRANSACTIONAL_ID, id.getName(), id.getPatternType());
      default ->
          throw new IllegalArgumentException(
              "no service needs a rule for " + rule.getResource().getType());
    };
  }

  private static ResourcePattern pattern(
      ResourceType type, String name, AclResourcePatternType pattern) {
    return new ResourcePattern(
        type,
        name,
        pattern == AclResourcePatternType.PREFIX ? PatternType.PREFIXED : PatternType.LITERAL);
  }

  AclBinding binding() {
    return new AclBinding(
        resource, new AccessControlEntry(principal, "*", operation, AclPermissionType.ALLOW));
  }

  /** Whether this rule by itself allows the access. */
  boolean allows(Access access) {
    boolean named =
        resource.patternType() == PatternType.PREFIXED
            ? access.name().startsWith(resource.name())
            : access.name().equals(resource.name());
    return named
        && access.principal().equals(principal)
        && access.type() == resource.resourceType()
        && access.operation() == operation;
  }
}
