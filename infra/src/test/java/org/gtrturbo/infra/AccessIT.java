package org.gtrturbo.infra;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.apache.kafka.common.acl.AclOperation;
import org.apache.kafka.common.errors.TopicAuthorizationException;
import org.apache.kafka.common.resource.PatternType;
import org.apache.kafka.common.resource.ResourcePattern;
import org.apache.kafka.common.resource.ResourceType;
import org.gtrturbo.events.DeadLetter;
import org.gtrturbo.events.RunStatus;
import org.gtrturbo.infra.RecordingAuthorizer.Access;
import org.gtrturbo.platform.kafka.DeadLetters;
import org.gtrturbo.platform.kafka.EventReader;
import org.gtrturbo.platform.kafka.PublishFailedException;
import org.gtrturbo.platform.kafka.Received;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * With the manifests' users, rules and client properties the services may do all that they do, and
 * every rule is for something that they do.
 */
@Timeout(720)
class AccessIT {
  private static final Manifests MANIFESTS = Manifests.read(Path.of(""));

  @TempDir private static Path folder;
  private static GuardedRun run;
  private static GuardedRun.Accesses accesses;

  @BeforeAll
  static void runTheServices() throws Exception {
    run = GuardedRun.prepare(MANIFESTS, folder);
    accesses = run.train();
  }

  @AfterAll
  static void stopTheBroker() {
    run.close();
  }

  @Test
  void theServicesTrainARunToItsEnd() {
    assertThat(accesses.status()).contains(RunStatus.COMPLETED);
    assertThat(deadLetterReaders())
        .as("who has put aside what it could not read")
        .containsExactlyInAnyOrder("actor", "learner", "merger");
  }

  @Test
  void nothingThatTheServicesDoIsRefused() {
    assertThat(accesses.refused()).isEmpty();
  }

  @Test
  void everyRuleIsForSomethingThatTheServicesDo() {
    assertThat(unused(AccessRule.of(MANIFESTS.users()))).isEmpty();
  }

  @Test
  void aRuleForNothingIsFound() {
    var rule =
        new AccessRule(
            "User:" + run.user("actor"),
            new ResourcePattern(
                ResourceType.TOPIC, run.topics().teachers().name(), PatternType.LITERAL),
            AclOperation.WRITE);

    assertThat(unused(List.of(rule))).containsExactly(rule);
  }

  @Test
  void whatAServiceHasNoBusinessWithIsRefusedAndFound() {
    var checkpoints = run.topics().checkpoints();
    var checkpoint = EventReader.latest(run.administrator(), checkpoints).orElseThrow().value();

    try (var publisher = run.cluster("actor").publisher(checkpoints, "forger")) {
      assertThatThrownBy(() -> publisher.send("run", checkpoint).join())
          .hasRootCauseInstanceOf(TopicAuthorizationException.class);
      assertThatThrownBy(publisher::flush).isInstanceOf(PublishFailedException.class);
    }
    assertThat(RecordingAuthorizer.denied())
        .contains(
            new Access(
                "User:" + run.user("actor"),
                ResourceType.TOPIC,
                checkpoints.name(),
                AclOperation.WRITE));
  }

  @Test
  void aRunThatTheServicesMadeIsOpenToWhoMayReadIt() {
    assertThat(run.look("lineage", run.topics().run(), "teacher", "newest")).isZero();
  }

  private static Set<String> deadLetterReaders() {
    var readers = new HashSet<String>();
    try (var letters =
        EventReader.open(
            run.administrator(), run.topics().deadLetters(), "test", DeadLetters.logged("test"))) {
      letters.readToEnd(
          received -> {
            if (received instanceof Received.Event<DeadLetter> letter) {
              readers.add(letter.value().getReader());
            }
          });
    }
    return readers;
  }

  private static List<AccessRule> unused(List<AccessRule> rules) {
    return rules.stream().filter(rule -> accesses.done().stream().noneMatch(rule::allows)).toList();
  }
}
