package org.gtrturbo.infra;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.kafka.common.acl.AclOperation;
import org.apache.kafka.common.resource.ResourceType;
import org.apache.kafka.metadata.authorizer.StandardAuthorizer;
import org.apache.kafka.server.authorizer.Action;
import org.apache.kafka.server.authorizer.AuthorizableRequestContext;
import org.apache.kafka.server.authorizer.AuthorizationResult;

/** Kafka's own authorizer, which tells what was asked of it by whom. One broker a process. */
public final class RecordingAuthorizer extends StandardAuthorizer {
  private static final Set<Access> ALLOWED = ConcurrentHashMap.newKeySet();
  private static final Set<Access> DENIED = ConcurrentHashMap.newKeySet();

  /**
   * What somebody did, or wanted to do.
   *
   * @param principal {@code User:name}
   */
  record Access(String principal, ResourceType type, String name, AclOperation operation) {}

  static Set<Access> allowed() {
    return Set.copyOf(ALLOWED);
  }

  static Set<Access> denied() {
    return Set.copyOf(DENIED);
  }

  @Override
  public List<AuthorizationResult> authorize(
      AuthorizableRequestContext context, List<Action> actions) {
    List<AuthorizationResult> results = super.authorize(context, actions);
    var remaining = new ArrayList<>(results);
    for (Action action : actions) {
      var access =
          new Access(
              context.principal().toString(),
              action.resourcePattern().resourceType(),
              action.resourcePattern().name(),
              action.operation());
      if (remaining.removeFirst() == AuthorizationResult.ALLOWED) {
        ALLOWED.add(access);
      } else if (action.logIfDenied()) {
        // The others are questions whose answer the broker can do without.
        DENIED.add(access);
      }
    }
    return results;
  }
}
