package org.gtrturbo.integration;

import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.OptionalInt;

/** Where services run, each alone, beside one Kafka broker. */
interface Deployment extends AutoCloseable {
  /** Which service of a run. */
  enum Role {
    ACTOR,
    LEARNER,
    MERGER;

    /** As the command line and images name it. */
    String command() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /** One start of a service. Closing ends it in whatever way is quickest. */
  interface Service extends AutoCloseable {
    /** As {@code kill -9}; returns when it is dead. */
    void kill() throws Exception;

    /** Its exit code if it has ended. */
    OptionalInt exitCode();

    /** Where everything that it prints goes. */
    Path log();

    @Override
    void close();
  }

  /** The broker's address for this process. */
  String bootstrap();

  /** The folder of all runs, as this process sees it. */
  Path runs();

  /**
   * Starts a service; returns when it has begun to start.
   *
   * @param log file for everything that it prints
   * @param arguments of its command, but for the broker and the folder of runs
   */
  Service start(Role role, Path log, List<String> arguments) throws Exception;

  @Override
  void close();
}
