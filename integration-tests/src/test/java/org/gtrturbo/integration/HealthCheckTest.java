package org.gtrturbo.integration;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The images' health check tells a service that works from one that does not, by its heartbeat. */
@Timeout(60)
class HealthCheckTest {
  private static final Path SCRIPT = Path.of("..", "docker", "healthy");

  @TempDir private Path folder;
  private Path heartbeat = Path.of("");

  private record Answer(int exitCode, String words) {}

  @BeforeEach
  void name() {
    heartbeat = folder.resolve("heartbeat");
  }

  @Test
  void aFreshHeartbeatIsHealthy() throws Exception {
    beatBefore(Duration.ZERO);

    assertThat(check()).isEqualTo(new Answer(0, ""));
  }

  @Test
  void aHeartbeatThatMissedAFewTimesIsHealthyStill() throws Exception {
    beatBefore(Duration.ofSeconds(15));

    assertThat(check()).isEqualTo(new Answer(0, ""));
  }

  @Test
  void anOldHeartbeatIsNot() throws Exception {
    beatBefore(Duration.ofMinutes(10));

    Answer answer = check();

    assertThat(answer.exitCode()).isEqualTo(1);
    assertThat(answer.words()).matches("the last heartbeat is 6\\d\\d seconds old\n");
  }

  @Test
  void noHeartbeatIsNot() throws Exception {
    assertThat(check())
        .isEqualTo(
            new Answer(1, "no heartbeat: the service has not started yet, or has stopped\n"));
  }

  private void beatBefore(Duration age) throws IOException {
    Files.writeString(heartbeat, "");
    Files.setLastModifiedTime(heartbeat, FileTime.from(Instant.now().minus(age)));
  }

  private Answer check() throws IOException, InterruptedException {
    var builder = new ProcessBuilder("sh", SCRIPT.toString()).redirectErrorStream(true);
    builder.environment().put("GTR_HEARTBEAT", heartbeat.toString());
    Process process = builder.start();
    String words = new String(process.getInputStream().readAllBytes());
    return new Answer(process.waitFor(), words);
  }
}
