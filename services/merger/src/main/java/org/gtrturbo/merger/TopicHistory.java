package org.gtrturbo.merger;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import org.apache.avro.specific.SpecificRecord;
import org.gtrturbo.events.Checkpoint;
import org.gtrturbo.events.Teacher;
import org.gtrturbo.events.Topic;
import org.gtrturbo.events.TopicCatalogue;
import org.gtrturbo.platform.kafka.Cluster;
import org.gtrturbo.platform.kafka.DeadLetters;
import org.gtrturbo.platform.kafka.EventReader;
import org.gtrturbo.platform.kafka.Received;

/** The history on a cluster, read anew each time. */
record TopicHistory(Cluster cluster, TopicCatalogue topics) implements RunHistory {

  @Override
  public Optional<Teacher> newestTeacher(String stream) {
    return EventReader.latest(
            cluster, topics.teachers(), teacher -> teacher.getStream().equals(stream))
        .map(Received.Event::value);
  }

  @Override
  public List<Teacher> teachers(String stream) {
    return read(topics.teachers(), teacher -> teacher.getStream().equals(stream));
  }

  @Override
  public List<Checkpoint> checkpoints(long first, long last) {
    return read(
        topics.checkpoints(),
        checkpoint -> checkpoint.getVersion() >= first && checkpoint.getVersion() <= last);
  }

  @Override
  public List<Decided> decisions() {
    return events(topics.decisions(), _ -> true).stream()
        .map(event -> new Decided(event.offset(), event.value()))
        .toList();
  }

  private <T extends SpecificRecord> List<T> read(Topic<T> topic, Predicate<T> wanted) {
    return events(topic, wanted).stream().map(Received.Event::value).toList();
  }

  private <T extends SpecificRecord> List<Received.Event<T>> events(
      Topic<T> topic, Predicate<T> wanted) {
    var found = new ArrayList<Received.Event<T>>();
    String name = "history-" + topic.name();
    // What is unreadable went to the dead letters when it came.
    try (var reader = EventReader.open(cluster, topic, name, DeadLetters.logged(name))) {
      reader.readToEnd(
          received -> {
            if (received instanceof Received.Event<T> event && wanted.test(event.value())) {
              found.add(event);
            }
          });
    }
    return List.copyOf(found);
  }
}
