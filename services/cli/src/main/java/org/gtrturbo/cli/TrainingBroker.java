package org.gtrturbo.cli;

import java.util.Optional;
import org.gtrturbo.platform.broker.EmbeddedBroker;
import org.gtrturbo.platform.settings.Settings;

/** The broker that the settings name, or one in this process. */
record TrainingBroker(String bootstrap, Optional<EmbeddedBroker> embedded)
    implements AutoCloseable {
  static TrainingBroker of(Settings settings, RunFolder folder) {
    return settings
        .kafka()
        .bootstrap()
        .map(address -> new TrainingBroker(address, Optional.empty()))
        .orElseGet(
            () -> {
              EmbeddedBroker embedded = EmbeddedBroker.start(folder.broker());
              return new TrainingBroker(embedded.bootstrap(), Optional.of(embedded));
            });
  }

  @Override
  public void close() {
    embedded.ifPresent(EmbeddedBroker::close);
  }
}
