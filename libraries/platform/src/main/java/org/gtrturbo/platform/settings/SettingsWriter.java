package org.gtrturbo.platform.settings;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.lang.reflect.RecordComponent;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SequencedMap;
import java.util.function.Predicate;
import java.util.regex.Pattern;

/** Writes settings down: as YAML, as a hash, as a list of differences. */
public final class SettingsWriter {
  // Starts with nothing that YAML takes for a sign, and holds neither ": " nor a comment.
  private static final Pattern PLAIN = Pattern.compile("(?!.*(: | #))[\\p{L}\\p{N}_/.+-].*(?<!:)|");

  private SettingsWriter() {}

  /**
   * One setting that two runs differ in; its text is {@code name: before -> after}.
   *
   * @param trained whether what is trained depends on it, so that a run cannot be resumed with it
   *     changed
   */
  public record Difference(String name, String before, String after, boolean trained) {
    @Override
    public String toString() {
      return name + ": " + before + " -> " + after;
    }
  }

  /**
   * Every setting, in a fixed order and form: equal settings give equal text, and reading it gives
   * equal settings.
   */
  public static String toYaml(Settings settings) {
    return yaml(flat(settings), _ -> true);
  }

  /**
   * SHA-256, in lower-case hexadecimal, of the settings that a checkpoint depends on. The run's
   * name, how many episodes are played at its end, where the cluster is, how many environments play
   * and which GPU computes are not among them: recorded turns carry what the actors did. How long
   * the run goes on is, because the learning rate falls to its end. Nor are {@link LaterSettings}
   * among them where they change nothing.
   */
  public static String hash(Settings settings) {
    try {
      byte[] digest =
          MessageDigest.getInstance("SHA-256")
              .digest(
                  yaml(
                          flat(settings),
                          setting ->
                              isTrained(setting.getKey())
                                  && !LaterSettings.isNeutral(setting.getKey(), setting.getValue()))
                      .getBytes(UTF_8));
      return HexFormat.of().formatHex(digest);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("this Java runtime has no SHA-256", e);
    }
  }

  /** What the second settings change of the first, in the order of {@link #toYaml}. */
  public static List<Difference> differences(Settings before, Settings after) {
    Map<String, String> now = flat(after);
    var differences = new ArrayList<Difference>();
    flat(before)
        .forEach(
            (name, was) -> {
              String is = Objects.requireNonNull(now.get(name));
              if (!is.equals(was)) {
                differences.add(new Difference(name, was, is, isTrained(name)));
              }
            });
    return List.copyOf(differences);
  }

  private static boolean isTrained(String name) {
    boolean ofPlaying = name.startsWith("actor.") && !name.equals("actor.temperature");
    boolean ofMerging = name.startsWith("merger.") || name.equals("teacher.shadows");
    boolean ofConnecting = name.equals("kafka.bootstrap") || name.equals("kafka.clientProperties");
    boolean ofThisMachine =
        name.startsWith("device.")
            && !name.equals("device.learner")
            && !name.equals("device.matrixProducts");
    boolean ofLooking = name.equals("run.name") || name.equals("run.episodes");
    return !ofLooking && !ofConnecting && !ofPlaying && !ofMerging && !ofThisMachine;
  }

  private static String yaml(
      SequencedMap<String, String> flat, Predicate<Map.Entry<String, String>> included) {
    var yaml = new StringBuilder();
    String[] open = {};
    for (Map.Entry<String, String> setting : flat.entrySet()) {
      if (!included.test(setting)) {
        continue;
      }
      String[] path = setting.getKey().split("\\.");
      for (int depth = 0; depth < path.length - 1; depth++) {
        if (depth >= open.length - 1 || !open[depth].equals(path[depth])) {
          yaml.append("  ".repeat(depth)).append(path[depth]).append(":\n");
        }
      }
      yaml.append("  ".repeat(path.length - 1))
          .append(path[path.length - 1])
          .append(": ")
          .append(quotedWhereNeeded(setting.getValue()))
          .append('\n');
      open = path;
    }
    return yaml.toString();
  }

  /** In single quotes where YAML would read something else. */
  private static String quotedWhereNeeded(String value) {
    return PLAIN.matcher(value).matches() ? value : "'" + value.replace("'", "''") + "'";
  }

  private static SequencedMap<String, String> flat(Settings settings) {
    var flat = new LinkedHashMap<String, String>();
    flatten("", settings, flat);
    return flat;
  }

  private static void flatten(String prefix, Object section, SequencedMap<String, String> into) {
    for (RecordComponent component : section.getClass().getRecordComponents()) {
      String name = prefix + component.getName();
      try {
        Object value = component.getAccessor().invoke(section);
        if (component.getType().isRecord()) {
          flatten(name + ".", value, into);
        } else {
          into.put(name, new SettingType(name, component.getType()).write(value));
        }
      } catch (ReflectiveOperationException e) {
        throw new IllegalStateException("cannot read setting " + name, e);
      }
    }
  }
}
