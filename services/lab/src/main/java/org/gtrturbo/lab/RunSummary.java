package org.gtrturbo.lab;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.datatype.jdk8.Jdk8Module;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * What a run came to, as {@code summary.json} keeps it.
 *
 * @param files what the run left, by what it is, relative to the summary's folder
 */
public record RunSummary(
    Identity run, Ending ending, Progress progress, Results results, Map<String, String> files) {
  /** The usual name of the file. */
  public static final String FILE_NAME = "summary.json";

  private static final JsonMapper JSON =
      JsonMapper.builder()
          .addModule(new Jdk8Module())
          .enable(SerializationFeature.INDENT_OUTPUT)
          .build();

  public RunSummary {
    files = Collections.unmodifiableMap(new TreeMap<>(files));
  }

  /**
   * Which run it was.
   *
   * @param replay where it replayed another run's trajectories
   */
  public record Identity(
      String name,
      String environment,
      long seed,
      String settingsHash,
      @JsonInclude(JsonInclude.Include.NON_ABSENT) Optional<Replay> replay) {}

  /**
   * A run without actors, trained on what another run recorded.
   *
   * @param of name of the recorded run
   * @param changed the settings that are not as they were then, as {@code name: before -> after}
   * @param sameVersions how many versions, from 0, have the recorded one's hash; without changed
   *     settings it is all
   */
  public record Replay(String of, List<String> changed, long sameVersions) {
    public Replay {
      changed = List.copyOf(changed);
    }
  }

  /** Whether the run got to its end. */
  public enum Ending {
    COMPLETED,
    /** Before all turns were trained on; it can be resumed. */
    STOPPED
  }

  /**
   * How far it came, and how fast.
   *
   * @param turns trained on
   * @param updates of the policy
   * @param turnsPerSecond of training time
   */
  public record Progress(long turns, long updates, double turnsPerSecond, Seconds seconds) {}

  /** Where the time went; wall is everything, start and evaluations included. */
  public record Seconds(double wall, double warmStart, double training) {}

  /**
   * @param teacher empty where the run ended before there was one
   */
  public record Results(Outcome warmStart, Outcome policy, Optional<TeacherOutcome> teacher) {}

  /** A policy's success, its tokens sampled and its tokens the likeliest. */
  public record Outcome(Rate sampled, Rate greedy) {}

  /**
   * @param version of the newest checkpoint merged into the teacher
   * @param merged how many checkpoints are
   */
  public record TeacherOutcome(long version, String rule, long merged, Rate sampled, Rate greedy) {}

  /**
   * @param success a fraction
   * @param low lower end of the 95 % interval
   * @param high upper end of it
   */
  public record Rate(long episodes, long successes, double success, double low, double high) {

    public static Rate of(Score score) {
      Estimate success = score.success();
      var bounds = success.bounds().orElseThrow();
      return new Rate(
          score.episodes(), score.successes(), success.value(), bounds.lower(), bounds.upper());
    }

    public Estimate estimate() {
      return Estimate.of(success, low, high);
    }
  }

  /** The summary as JSON, its fields in the order of the records. */
  public String json() {
    try {
      return JSON.writeValueAsString(this) + "\n";
    } catch (JacksonException e) {
      throw new IllegalStateException("the summary of run " + run.name() + " has no JSON form", e);
    }
  }

  /** Writes the file, over one that is there. */
  public void write(Path file) {
    try {
      Files.writeString(file, json());
    } catch (IOException e) {
      throw new UncheckedIOException("cannot write " + file, e);
    }
  }

  /**
   * Reads what {@link #write} wrote.
   *
   * @throws IllegalArgumentException if the file is no summary
   * @throws UncheckedIOException if it cannot be read
   */
  public static RunSummary read(Path file) {
    try {
      return JSON.readValue(Files.readString(file), RunSummary.class);
    } catch (JacksonException e) {
      throw new IllegalArgumentException(
          file
              + " is not the summary of a run ("
              + e.getOriginalMessage()
              + "); give the "
              + FILE_NAME
              + " that a run wrote with this version",
          e);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read " + file, e);
    }
  }
}
