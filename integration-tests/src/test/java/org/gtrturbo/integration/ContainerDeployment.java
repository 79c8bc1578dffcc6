package org.gtrturbo.integration;

import com.github.dockerjava.api.exception.NotFoundException;
import com.github.dockerjava.api.model.Bind;
import com.github.dockerjava.api.model.Volume;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.apache.kafka.common.utils.AppInfoParser;
import org.awaitility.Awaitility;
import org.testcontainers.DockerClientFactory;
import org.testcontainers.containers.GenericContainer;
import org.testcontainers.containers.Network;
import org.testcontainers.containers.output.OutputFrame;
import org.testcontainers.kafka.KafkaContainer;
import org.testcontainers.utility.DockerImageName;
import org.testcontainers.utility.ImageNameSubstitutor;

/** A broker and services in containers on one network, the folder of runs mounted into each. */
record ContainerDeployment(Path runs, Network network, KafkaContainer broker)
    implements Deployment {
  private static final String VERSION = "gtr.version";
  private static final String BROKER_INSIDE = "kafka:19092";
  private static final String RUNS_INSIDE = "/var/lib/gtr";
  private static final String QUICK_TO_START = "-XX:TieredStopAtLevel=1";
  private static final Duration DEAD_WITHIN = Duration.ofSeconds(20);
  private static final int SUPERUSER = 0;

  /** What scenarios over containers lack on this machine; empty where they can run. */
  static Optional<String> missing() {
    if (!DockerClientFactory.instance().isDockerAvailable()) {
      return Optional.of(
          "no container engine answers at "
              + Optional.ofNullable(System.getenv("DOCKER_HOST"))
                  .orElse("unix:///var/run/docker.sock"));
    }
    return Arrays.stream(Role.values())
        .map(ContainerDeployment::image)
        .map(ImageNameSubstitutor.instance())
        .filter(image -> !isThere(image))
        .findFirst()
        .map(image -> "the container engine has no image " + image + "; see docker/README.md");
  }

  private static DockerImageName image(Role role) {
    String version =
        Optional.ofNullable(System.getProperty(VERSION))
            .orElseThrow(
                () ->
                    new IllegalStateException(
                        "the images' version is not known; the build sets it as " + VERSION));
    return DockerImageName.parse("gtr-turbo/" + role.command()).withTag(version);
  }

  private static boolean isThere(DockerImageName image) {
    try {
      DockerClientFactory.lazyClient().inspectImageCmd(image.asCanonicalNameString()).exec();
      return true;
    } catch (NotFoundException e) {
      return false;
    }
  }

  /** Starts the network and the broker. */
  static ContainerDeployment start(Path folder) throws IOException {
    // The images' user is another one than the test's, where that is the superuser.
    Path runs = Files.createDirectories(folder.resolve("runs"));
    Files.setPosixFilePermissions(runs, PosixFilePermissions.fromString("rwxrwxrwx"));
    Network network = Network.newNetwork();
    var broker =
        new KafkaContainer(
                DockerImageName.parse("apache/kafka").withTag(AppInfoParser.getVersion()))
            .withNetwork(network)
            .withListener(BROKER_INSIDE)
            // What a killed merger had open holds its successor back until it is aborted.
            .withEnv("KAFKA_TRANSACTION_ABORT_TIMED_OUT_TRANSACTION_CLEANUP_INTERVAL_MS", "1000");
    broker.start();
    return new ContainerDeployment(runs, network, broker);
  }

  @Override
  public String bootstrap() {
    return broker.getBootstrapServers();
  }

  @Override
  public Service start(Role role, Path log, List<String> arguments) throws IOException {
    Files.writeString(log, "");
    var command = new ArrayList<>(List.of("--bootstrap", BROKER_INSIDE));
    command.addAll(arguments);
    Optional<String> user = user();
    // Testcontainers' own way to mount a folder first tries it out with a public image.
    Bind mounted = new Bind(runs.toAbsolutePath().toString(), new Volume(RUNS_INSIDE));
    var container =
        new GenericContainer<>(image(role))
            .withNetwork(network)
            .withEnv("GTR_HEAP", "512m")
            .withEnv("GTR_JVM_OPTIONS", QUICK_TO_START)
            .withCommand(command.toArray(String[]::new))
            .withLogConsumer(frame -> append(log, frame))
            .withCreateContainerCmdModifier(
                create -> {
                  Optional.ofNullable(create.getHostConfig()).orElseThrow().withBinds(mounted);
                  user.ifPresent(create::withUser);
                });
    container.start();
    return new ServiceContainer(container, log);
  }

  /** The test's own user, so that it can read and delete what services write. */
  private Optional<String> user() throws IOException {
    int uid = (Integer) Files.getAttribute(runs, "unix:uid");
    int gid = (Integer) Files.getAttribute(runs, "unix:gid");
    return uid == SUPERUSER ? Optional.empty() : Optional.of(uid + ":" + gid);
  }

  private static void append(Path log, OutputFrame frame) {
    try {
      Files.write(
          log,
          Optional.ofNullable(frame.getBytes()).orElse(new byte[0]),
          StandardOpenOption.APPEND);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot write " + log, e);
    }
  }

  @Override
  public void close() {
    try (network) {
      broker.stop();
    }
  }

  private record ServiceContainer(GenericContainer<?> container, Path log) implements Service {
    @Override
    public void kill() {
      container
          .getDockerClient()
          .killContainerCmd(container.getContainerId())
          .withSignal("KILL")
          .exec();
      Awaitility.await("the end of " + container.getDockerImageName())
          .atMost(DEAD_WITHIN)
          .until(() -> exitCode().isPresent());
      container.stop();
    }

    @Override
    public OptionalInt exitCode() {
      var state = container.getCurrentContainerInfo().getState();
      return Boolean.TRUE.equals(state.getRunning())
          ? OptionalInt.empty()
          : OptionalInt.of(Math.toIntExact(state.getExitCodeLong()));
    }

    @Override
    public void close() {
      container.stop();
    }
  }
}
