package org.gtrturbo.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Log lines go to a file that does not grow for ever. */
@Timeout(60)
class LoggingTest {
  private static final Logger LOG = LoggerFactory.getLogger(LoggingTest.class);

  @TempDir private Path folder;

  @Test
  void aFileThatHasGrownLargeIsPutAsideAndANewOneBegun() throws Exception {
    Path runs = Files.createDirectory(folder.resolve("50% (of %i)"));
    Path file = runs.resolve("gtr.log");
    Logging.toFile(file);
    String line = "x".repeat(1 << 16);
    for (long written = 0; written <= Logging.FILE_BYTES; written += line.length()) {
      LOG.error(line);
    }

    do {
      Thread.sleep(50);
      LOG.error("one more line");
    } while (!Files.exists(runs.resolve("gtr.log.1")));

    assertThat(Files.size(runs.resolve("gtr.log.1"))).isGreaterThan(Logging.FILE_BYTES);
    assertThat(Files.readString(file)).contains("one more line").hasSizeLessThan(1 << 16);
  }
}
