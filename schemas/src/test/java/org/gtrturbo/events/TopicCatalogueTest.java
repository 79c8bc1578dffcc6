package org.gtrturbo.events;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The topics of a run are what the design says, whatever the run is called. */
class TopicCatalogueTest {
  private final TopicCatalogue topics = new TopicCatalogue("Try_1-b", 4);

  @Test
  void topicsAreNamedAfterTheRun() {
    assertThat(topics.all().stream().map(Topic::name))
        .containsExactly(
            "gtr.Try_1-b.trajectories",
            "gtr.Try_1-b.checkpoints",
            "gtr.Try_1-b.teachers",
            "gtr.Try_1-b.decisions",
            "gtr.Try_1-b.ledger",
            "gtr.Try_1-b.metrics",
            "gtr.Try_1-b.dead-letters",
            "gtr.runs");
  }

  @Test
  void onlyTrajectoriesHaveSeveralPartitions() {
    assertThat(topics.trajectories().partitions()).isEqualTo(4);
    assertThat(topics.all().stream().skip(1).map(Topic::partitions)).containsOnly(1);
  }

  @Test
  void whatAReplayNeedsIsKept() {
    assertThat(topics.checkpoints().config()).containsEntry("retention.ms", "-1");
    assertThat(topics.teachers().config()).containsEntry("retention.ms", "-1");
    assertThat(topics.decisions().config()).containsEntry("retention.ms", "-1");
    assertThat(topics.ledger().config()).containsEntry("retention.ms", "-1");
    assertThat(topics.deadLetters().config()).containsEntry("retention.ms", "-1");
    assertThat(TopicCatalogue.runs().config()).containsEntry("cleanup.policy", "compact");
  }

  @Test
  void whatGrowsWithAnUpdateMayBeLargeAndADeadLetterOfItLarger() {
    assertThat(topics.ledger().config()).containsEntry("max.message.bytes", "33554432");
    assertThat(topics.checkpoints().config()).containsEntry("max.message.bytes", "33554432");
    assertThat(topics.deadLetters().config()).containsEntry("max.message.bytes", "34603008");
  }

  @Test
  void whatGrowsWithThePolicyMayBeLargeToo() {
    assertThat(List.of(topics.teachers(), topics.shardTasks(4), topics.shardResults()))
        .extracting(Topic::config)
        .allSatisfy(config -> assertThat(config).containsEntry("max.message.bytes", "33554432"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "a.b", "a b", "-a", "ä", "a/b", "a\n"})
  void aRunNameThatATopicCannotCarryIsRefused(String name) {
    assertThatThrownBy(() -> new TopicCatalogue(name, 1))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("run name must be 1 to 100 letters, digits, - or _")
        .hasMessageEndingWith("got '" + name + "'");
  }

  @Test
  void aRunNameOfMoreThanAHundredCharactersIsRefused() {
    assertThat(TopicCatalogue.isLegalRunName("a".repeat(100))).isTrue();
    assertThat(TopicCatalogue.isLegalRunName("a".repeat(101))).isFalse();
  }

  @Test
  void aTopicHasAPartition() {
    assertThatThrownBy(() -> new TopicCatalogue("run", 0))
        .hasMessage("trajectoryPartitions must be at least 1, got 0");
  }
}
