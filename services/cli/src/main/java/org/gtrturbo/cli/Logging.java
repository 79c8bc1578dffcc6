package org.gtrturbo.cli;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.encoder.PatternLayoutEncoder;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.rolling.RollingFileAppender;
import ch.qos.logback.core.rolling.RollingPolicyBase;
import ch.qos.logback.core.rolling.RolloverFailure;
import ch.qos.logback.core.rolling.SizeBasedTriggeringPolicy;
import ch.qos.logback.core.util.Duration;
import ch.qos.logback.core.util.FileSize;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import org.slf4j.LoggerFactory;

/** Where log lines go. */
final class Logging {
  /** A file that has become larger than this is put aside. */
  static final long FILE_BYTES = 8L << 20;

  /** How many files that were put aside are kept. */
  private static final int KEPT_FILES = 4;

  // Logback's own minute lets a service that fails in a loop write a hundred times as much.
  private static final Duration BETWEEN_LOOKS_AT_SIZE = Duration.buildBySeconds(1);

  private static volatile boolean toFile;

  private Logging() {}

  /** Whether log lines are kept from the terminal. */
  static boolean isToFile() {
    return toFile;
  }

  /**
   * From now on to a file and not to the terminal, which belongs to the live view. A file that has
   * grown large becomes {@code NAME.1}, and the one of that name {@code NAME.2}, up to the fourth:
   * a run that goes on for months does not fill its disk.
   */
  static void toFile(Path file) {
    if (!(LoggerFactory.getILoggerFactory() instanceof LoggerContext context)) {
      return;
    }
    PatternLayoutEncoder encoder = new PatternLayoutEncoder();
    encoder.setContext(context);
    encoder.setPattern("%d{ISO8601} %-5level %logger{20} %msg%n");
    encoder.start();
    RollingFileAppender<ILoggingEvent> appender = new RollingFileAppender<>();
    appender.setContext(context);
    appender.setFile(file.toString());
    appender.setEncoder(encoder);
    appender.setTriggeringPolicy(whenLarge(context));
    appender.setRollingPolicy(aFewFiles(context, file));
    appender.start();
    Logger root = context.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);
    root.detachAndStopAllAppenders();
    root.addAppender(appender);
    toFile = true;
  }

  private static SizeBasedTriggeringPolicy<ILoggingEvent> whenLarge(LoggerContext context) {
    SizeBasedTriggeringPolicy<ILoggingEvent> large = new SizeBasedTriggeringPolicy<>();
    large.setContext(context);
    large.setMaxFileSize(new FileSize(FILE_BYTES));
    large.setCheckIncrement(BETWEEN_LOOKS_AT_SIZE);
    large.start();
    return large;
  }

  private static RollingPolicyBase aFewFiles(LoggerContext context, Path file) {
    RollingPolicyBase few = new PutAside(file);
    few.setContext(context);
    few.start();
    return few;
  }

  /**
   * Logback's own takes the file's name for a pattern, in which a folder may have no percent sign.
   */
  private static final class PutAside extends RollingPolicyBase {
    private final Path file;

    private PutAside(Path file) {
      this.file = file;
    }

    @Override
    public void rollover() {
      try {
        for (int number = KEPT_FILES; number > 1; number--) {
          if (Files.exists(aside(number - 1))) {
            Files.move(aside(number - 1), aside(number), StandardCopyOption.REPLACE_EXISTING);
          }
        }
        Files.move(file, aside(1), StandardCopyOption.REPLACE_EXISTING);
      } catch (IOException e) {
        throw new RolloverFailure("cannot put " + file + " aside", e);
      }
    }

    private Path aside(int number) {
      return file.resolveSibling(file.getFileName() + "." + number);
    }

    @Override
    public String getActiveFileName() {
      return file.toString();
    }
  }
}
