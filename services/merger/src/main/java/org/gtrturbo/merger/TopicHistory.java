package org.gtrturbo.merger;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import org.apache.avro.specific.SpecificRecord;
import org.gtrturbo.events.Checkpoint;
import org.gtrturbo.events.Decision;
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
    return read(
        topics.teachers().without("tensors"),
        teacher -> teacher.getStream().equals(stream),
        Integer.MAX_VALUE);
  }

  @Override
  public Optional<Teacher> teacher(String stream, String hash) {
    return read(
            topics.teachers(),
            teacher -> teacher.getStream().equals(stream) && teacher.getHash().equals(hash),
            1)
        .stream()
        .findFirst();
  }

  @Override
  public List<Checkpoint> checkpoints(long first, long last, int most) {
    return read(
        topics.checkpoints().without("optimizer", "batch", "progress", "consumed"),
        checkpoint -> checkpoint.getVersion() >= first && checkpoint.getVersion() <= last,
        most);
  }

  @Override
  public List<Decided> decisions() {
    var found = new ArrayList<Decided>();
    Topic<Decision> topic = topics.decisions();
    try (var reader = reader(topic)) {
      reader.readToEnd(
          received -> {
            if (received instanceof Received.Event<Decision> event) {
              found.add(new Decided(event.offset(), event.value()));
            }
          });
    }
    return List.copyOf(found);
  }

  /** What is unreadable went to the dead letters when it came. */
  private <T extends SpecificRecord> List<T> read(Topic<T> topic, Predicate<T> wanted, int most) {
    var found = new ArrayList<T>();
    try (var reader = reader(topic)) {
      reader.eventsUntil(
          event -> {
            if (wanted.test(event)) {
              found.add(event);
            }
            return found.size() >= most;
          });
    }
    return List.copyOf(found);
  }

  private <T extends SpecificRecord> EventReader<T> reader(Topic<T> topic) {
    String name = "history-" + topic.name();
    return EventReader.open(cluster, topic, name, DeadLetters.logged(name));
  }
}
