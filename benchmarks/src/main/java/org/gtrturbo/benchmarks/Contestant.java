package org.gtrturbo.benchmarks;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStreamWriter;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;

/**
 * A process that does a case's work when asked to: it reads a command a line and answers each with
 * a line of JSON. Between commands it waits for input and takes no CPU time.
 */
final class Contestant implements AutoCloseable {
  private static final ObjectMapper JSON = new ObjectMapper();

  private final Process process;
  private final BufferedReader answers;
  private final BufferedWriter commands;
  private final JsonNode introduction;

  private Contestant(Process process) {
    this.process = process;
    this.answers =
        new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
    this.commands =
        new BufferedWriter(
            new OutputStreamWriter(process.getOutputStream(), StandardCharsets.UTF_8));
    this.introduction = answer();
  }

  /**
   * Starts the process and waits until it is ready.
   *
   * @param environment variables over this process's own
   */
  static Contestant start(List<String> command, Map<String, String> environment) {
    ProcessBuilder builder =
        new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT);
    builder.environment().putAll(environment);
    try {
      return new Contestant(builder.start());
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

  JsonNode ask(String command) {
    try {
      commands.write(command);
      commands.newLine();
      commands.flush();
    } catch (IOException e) {
      throw new UncheckedIOException(name() + " does not take the command " + command, e);
    }
    return answer();
  }

  private JsonNode answer() {
    try {
      String line = answers.readLine();
      if (line == null) {
        throw new IllegalStateException(
            "a contestant has ended without an answer; what it said is above");
      }
      return JSON.readTree(line);
    } catch (IOException e) {
      throw new UncheckedIOException("a contestant's answer cannot be read", e);
    }
  }

  @Override
  public void close() {
    try (commands;
        answers) {
      commands.flush();
    } catch (IOException e) {
      throw new UncheckedIOException("a contestant cannot be told to end", e);
    } finally {
      process.destroy();
    }
  }
}
