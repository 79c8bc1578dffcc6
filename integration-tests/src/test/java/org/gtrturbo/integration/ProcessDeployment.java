package org.gtrturbo.integration;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import org.gtrturbo.platform.broker.EmbeddedBroker;

/** The embedded broker in this process, and every service as a process of its own. */
record ProcessDeployment(Path folder, EmbeddedBroker broker) implements Deployment {

  static ProcessDeployment start(Path folder) {
    return new ProcessDeployment(folder, EmbeddedBroker.start(folder.resolve("broker")));
  }

  @Override
  public String bootstrap() {
    return broker.bootstrap();
  }

  @Override
  public Path runs() {
    return folder.resolve("runs");
  }

  @Override
  public Service start(Role role, Path log, List<String> arguments) throws IOException {
    var command = new ArrayList<>(List.of(role.command(), "--bootstrap", bootstrap()));
    command.addAll(List.of("--runs", Files.createDirectories(runs()).toString()));
    command.addAll(arguments);
    return new ServiceProcess(
        GtrProcess.start(folder, log.toAbsolutePath(), List.of(), command), log);
  }

  @Override
  public void close() {
    broker.close();
  }

  private record ServiceProcess(GtrProcess process, Path log) implements Service {
    @Override
    public void kill() {
      process.kill();
    }

    @Override
    public OptionalInt exitCode() {
      return process.exitCodeIfEnded();
    }

    @Override
    public void close() {
      process.close();
    }
  }
}
