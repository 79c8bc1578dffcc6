package org.gtrturbo.platform.kafka;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.StringReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.common.config.AbstractConfig;

/**
 * How clients identify themselves to a cluster and trust it, from a Java properties file with
 * Kafka's own names. Everything else about clients is the product's to set: its guarantees depend
 * on it.
 */
final class ClientProperties {
  private static final List<String> FAMILIES = List.of("security.", "sasl.", "ssl.");

  // The same for every kind of client.
  private static final Set<String> SECURITY =
      AdminClientConfig.configNames().stream()
          .filter(name -> FAMILIES.stream().anyMatch(name::startsWith))
          .collect(Collectors.toUnmodifiableSet());

  private ClientProperties() {}

  /**
   * The file's properties by name.
   *
   * @throws IllegalArgumentException if the file cannot be read, or holds anything but security
   *     settings of Kafka's clients and the providers that secrets in their values come from
   */
  static Map<String, String> read(Path file) {
    String text = text(file);
    var properties = new Properties();
    try {
      properties.load(new StringReader(text));
    } catch (IOException | IllegalArgumentException e) {
      throw new IllegalArgumentException(file + " is no properties file: " + e.getMessage(), e);
    }
    var read = new HashMap<String, String>();
    for (String name : properties.stringPropertyNames()) {
      if (!isAllowed(name)) {
        throw new IllegalArgumentException(
            place(file, text, name)
                + ": "
                + name
                + " is no security setting of Kafka's clients; only those (security.*, sasl.*,"
                + " ssl.*) and config.providers may stand in kafka.clientProperties");
      }
      read.put(name, properties.getProperty(name));
    }
    return Map.copyOf(read);
  }

  private static boolean isAllowed(String name) {
    return SECURITY.contains(name)
        || name.equals(AbstractConfig.CONFIG_PROVIDERS_CONFIG)
        || name.startsWith(AbstractConfig.CONFIG_PROVIDERS_CONFIG + ".");
  }

  private static String text(Path file) {
    try {
      return Files.readString(file, UTF_8);
    } catch (IOException e) {
      throw new IllegalArgumentException(
          "kafka.clientProperties names "
              + file.toAbsolutePath()
              + ", which cannot be read ("
              + e.getClass().getSimpleName()
              + "); correct the path, or leave it out for a cluster without security",
          e);
    }
  }

  private static String place(Path file, String text, String name) {
    List<String> lines = text.lines().toList();
    return Stream.iterate(0, line -> line < lines.size(), line -> line + 1)
        .filter(line -> lines.get(line).strip().startsWith(name))
        .findFirst()
        .map(line -> file + ":" + (line + 1))
        .orElse(file.toString());
  }
}
