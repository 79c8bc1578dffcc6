package org.gtrturbo.cli;

import java.util.Optional;
import org.gtrturbo.platform.broker.EmbeddedBroker;
import org.gtrturbo.platform.kafka.Cluster;
import org.gtrturbo.platform.settings.Settings;

/** The cluster that a run's settings name, or a broker in this process on the run's own log. */
record RunBroker(Cluster cluster, Optional<EmbeddedBroker> embedded) implements AutoCloseable {

  static RunBroker of(Settings settings, RunFolder folder) {
    return Cluster.named(settings.kafka())
        .map(cluster -> new RunBroker(cluster, Optional.empty()))
        .orElseGet(
            () -> {
              EmbeddedBroker embedded = EmbeddedBroker.start(folder.broker());
              return new RunBroker(new Cluster(embedded.bootstrap()), Optional.of(embedded));
            });
  }

  /** As {@link #of}, to read from only: the broker of a run that is going on serves as well. */
  static RunBroker reading(Settings settings, RunFolder folder) {
    return EmbeddedBroker.runningOn(folder.broker())
        .map(address -> new RunBroker(new Cluster(address), Optional.empty()))
        .orElseGet(() -> of(settings, folder));
  }

  @Override
  public void close() {
    embedded.ifPresent(EmbeddedBroker::close);
  }
}
