package org.gtrturbo.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import org.gtrturbo.platform.kafka.Cluster;
import org.gtrturbo.platform.kafka.PublishFailedException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What a run says of itself on the topic of all runs. */
@Timeout(60)
class RunLogTest {
  @Test
  void aFailureThatCannotBeAnnouncedIsStillTheFailure() {
    var nobody =
        new Cluster(
            "localhost:1",
            Map.of(
                "max.block.ms",
                "300",
                "delivery.timeout.ms",
                "300",
                "request.timeout.ms",
                "200",
                "linger.ms",
                "0"));
    var failure = new IllegalStateException("the learner has failed");

    new RunLog(RecordedRuns.settings("demo", 1), nobody, Instant.EPOCH, Optional.empty())
        .announceFailed(failure);

    assertThat(failure).hasMessage("the learner has failed");
    assertThat(failure.getSuppressed()).singleElement().isInstanceOf(PublishFailedException.class);
  }
}
