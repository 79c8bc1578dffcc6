package org.gtrturbo.cli;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.gtrturbo.platform.kafka.Cluster;
import org.gtrturbo.platform.settings.SettingsReader;

/**
 * A cluster to look for a run on, instead of where its settings say that it was recorded.
 *
 * @param bootstrap where it is
 * @param clientProperties the file that says how clients log in to it
 */
record GivenCluster(Optional<String> bootstrap, Optional<String> clientProperties) {

  /** What that changes of a run's settings, each as {@code SETTING=VALUE}. */
  List<String> changes() {
    List<String> changes = new ArrayList<>();
    bootstrap.ifPresent(at -> changes.add("kafka.bootstrap=" + at));
    clientProperties.ifPresent(file -> changes.add("kafka.clientProperties=" + file));
    return List.copyOf(changes);
  }

  /**
   * The cluster itself, for who has no settings yet; empty where it is not said where it is.
   *
   * @throws IllegalArgumentException as {@link Cluster#named}
   */
  Optional<Cluster> cluster() {
    return bootstrap.flatMap(
        _ ->
            Cluster.named(
                SettingsReader.read(Optional.empty(), Optional.empty(), changes()).kafka()));
  }
}
