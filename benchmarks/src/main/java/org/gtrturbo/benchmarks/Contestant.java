package org.gtrturbo.benchmarks;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStreamWriter;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A process that does a case's work when asked to: it reads a command a line and answers each with
 * a line of JSON. Between commands it waits for input and takes no CPU time.
 */
final class Contestant implements AutoCloseable {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final String STARTING = "while it started";
  // A crash may write a dump before the process is gone.
  private static final Duration ENDS_WITHIN = Duration.ofSeconds(5);

  private final String command;
  private final Process process;
  private final BufferedReader answers;
  private final BufferedWriter commands;
  private final LastWords errors;
  private final JsonNode introduction;

  private Contestant(List<String> command, Process process) {
    this.command = String.join(" ", command);
    this.process = process;
    this.answers =
        new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
    this.commands =
        new BufferedWriter(
            new OutputStreamWriter(process.getOutputStream(), StandardCharsets.UTF_8));
    this.errors = LastWords.of(process.errorReader(StandardCharsets.UTF_8), System.err);
    try {
      this.introduction = answer(STARTING);
    } catch (RuntimeException failed) {
      process.destroy();
      throw failed;
    }
  }

  /**
   * Starts the process and waits until it is ready.
   *
   * @param environment variables over this process's own
   * @throws IllegalStateException if it ends before it is ready, or does not introduce itself
   */
  static Contestant start(List<String> command, Map<String, String> environment) {
    ProcessBuilder builder = new ProcessBuilder(command);
    builder.environment().putAll(environment);
    try {
      return new Contestant(command, builder.start());
    } catch (IOException e) {
      throw new UncheckedIOException("cannot start " + command, e);
    }
  }

  String name() {
    return introduction.path("name").asText();
  }

  /** How it does the work, where it had a choice. */
  String way() {
    return introduction.path("way").asText();
  }

  /**
   * The answer to a command.
   *
   * @throws IllegalStateException if the process ends without one, or it is no JSON object
   */
  JsonNode ask(String asked) {
    String when = "at '" + asked + "'";
    try {
      commands.write(asked);
      commands.newLine();
      commands.flush();
    } catch (IOException e) {
      throw failure(when, "", Optional.of(e));
    }
    return answer(when);
  }

  private JsonNode answer(String when) {
    String line;
    try {
      line = answers.readLine();
    } catch (IOException e) {
      throw failure(when, "", Optional.of(e));
    }
    if (line == null) {
      throw failure(when, "", Optional.empty());
    }
    try {
      JsonNode answer = JSON.readTree(line);
      if (answer.isObject()) {
        return answer;
      }
    } catch (JsonProcessingException e) {
      throw failure(when, line, Optional.of(e));
    }
    throw failure(when, line, Optional.empty());
  }

  /**
   * Why there is no answer. What a crash prints, such as a virtual machine's account of it, may
   * stand where an answer is due, so that only the process's end tells it from a wrong one.
   *
   * @param instead the line that stood there, or empty
   */
  private IllegalStateException failure(String when, String instead, Optional<IOException> cause) {
    boolean ended = hasEnded();
    var message = new StringBuilder("the peer ");
    if (ended) {
      message.append("has ended with exit code ").append(process.exitValue()).append(' ');
      message.append(when).append(": ").append(command);
      if (!instead.isEmpty()) {
        message.append("\ninstead of an answer it printed: ").append(instead);
      }
      message.append('\n').append(errors.asText(ENDS_WITHIN));
    } else if (instead.isEmpty()) {
      message.append("is there and does not talk any more ").append(when).append(": ");
      message.append(command);
    } else {
      message.append("answered ").append(when).append(" with a line that is no JSON object, ");
      message.append(instead).append(": ").append(command);
    }
    var failure = new IllegalStateException(message.toString());
    cause.ifPresent(failure::initCause);
    return failure;
  }

  private boolean hasEnded() {
    try {
      return process.waitFor(ENDS_WITHIN);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return !process.isAlive();
    }
  }

  @Override
  public void close() {
    try (commands;
        answers) {
      commands.flush();
    } catch (IOException e) {
      // One that has ended has been told of where it was asked.
      if (process.isAlive()) {
        throw new UncheckedIOException("cannot tell the peer to end: " + command, e);
      }
    } finally {
      process.destroy();
    }
  }
}
