package org.gtrturbo.integration;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import org.apache.avro.generic.GenericRecord;
import org.apache.avro.specific.SpecificRecord;
import org.gtrturbo.events.Topic;
import org.gtrturbo.events.TopicCatalogue;
import org.gtrturbo.events.Turn;
import org.gtrturbo.platform.kafka.Cluster;
import org.gtrturbo.platform.kafka.DeadLetters;
import org.gtrturbo.platform.kafka.EventReader;
import org.gtrturbo.platform.kafka.Received;

/** Producers of every older release, on a real broker. */
final class OlderReleases {
  private static final int ARBITRARY_EVENTS = 20;

  private OlderReleases() {}

  /** Publishes turns, each whole episode by one release, the releases taking turns. */
  static void publishTurns(Cluster cluster, TopicCatalogue topics, List<Turn> turns)
      throws Exception {
    Topic<Turn> topic = topics.trajectories();
    List<ReleasedSchema> releases = ReleasedSchema.of(topic.codec());
    var records = new ArrayList<RawTopic.Record>();
    for (Turn turn : turns) {
      String episode = turn.getEpisodeId();
      ReleasedSchema release = releases.get(Math.floorMod(episode.hashCode(), releases.size()));
      records.add(new RawTopic.Record(episode, release.write(release.of(turn, topic.codec()))));
    }
    RawTopic.publish(cluster, topic, records);
    assertThat(RawTopic.values(cluster, topic))
        .extracting(ReleasedSchema::fingerprintIn)
        .as("fingerprints of the writers' schemas")
        .hasSameElementsAs(releases.stream().map(ReleasedSchema::fingerprint).toList());
  }

  /** Arbitrary events of each release say to today's reader all that they say to their own. */
  static <T extends SpecificRecord> void assertThatEachIsRead(Cluster cluster, Topic<T> topic)
      throws Exception {
    List<ReleasedSchema> releases = ReleasedSchema.of(topic.codec());
    assertThat(releases).as("released versions of " + topic.name()).isNotEmpty();
    for (ReleasedSchema release : releases) {
      String what = topic.name() + " as version " + release.number() + " has it";
      var written = new LinkedHashMap<String, GenericRecord>();
      var records = new ArrayList<RawTopic.Record>();
      for (GenericRecord event : release.arbitrary(ARBITRARY_EVENTS, release.number())) {
        String key = release.number() + "-" + written.size();
        written.put(key, event);
        records.add(new RawTopic.Record(key, release.write(event)));
      }
      RawTopic.publish(cluster, topic, records);
      assertThat(RawTopic.values(cluster, topic))
          .extracting(ReleasedSchema::fingerprintIn)
          .as("fingerprints of " + what)
          .contains(release.fingerprint());

      var read = new LinkedHashMap<String, GenericRecord>();
      for (Received.Event<T> event : read(cluster, topic)) {
        if (written.containsKey(event.key())) {
          read.put(event.key(), release.of(event.value(), topic.codec()));
        }
      }
      assertThat(read).as(what).containsExactlyInAnyOrderEntriesOf(written);
    }
  }

  private static <T extends SpecificRecord> List<Received.Event<T>> read(
      Cluster cluster, Topic<T> topic) {
    var events = new ArrayList<Received.Event<T>>();
    try (var reader =
        EventReader.open(cluster, topic, "scenario", DeadLetters.logged("scenario"))) {
      reader.readToEnd(
          received -> {
            switch (received) {
              case Received.Event<T> event -> events.add(event);
              case Received.Unreadable<T> unreadable -> throw new AssertionError(unreadable);
            }
          });
    }
    return events;
  }
}
