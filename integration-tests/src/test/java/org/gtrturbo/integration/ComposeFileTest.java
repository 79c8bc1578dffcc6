package org.gtrturbo.integration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.entry;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.xml.parsers.DocumentBuilderFactory;
import javax.xml.xpath.XPathFactory;
import org.apache.kafka.common.utils.AppInfoParser;
import org.gtrturbo.platform.settings.Settings;
import org.gtrturbo.platform.settings.SettingsReader;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.constructor.SafeConstructor;

/**
 * The compose file, the Dockerfile, the settings and the project agree about names, versions, ports
 * and folders.
 */
class ComposeFileTest {
  private static final Path DOCKER = Path.of("..", "docker");
  private static final Path FILE = DOCKER.resolve("compose.yaml");
  private static final String BROKER = "kafka";
  private static final String FROM = "${GTR_IMAGES_FROM:-}";

  private final Map<String, Object> compose = yaml(FILE);

  @Test
  void itHasABrokerAndEveryService() {
    assertThat(map(compose.get("services"))).containsOnlyKeys(BROKER, "learner", "merger", "actor");
  }

  @ParameterizedTest
  @ValueSource(strings = {"learner", "merger", "actor"})
  void aServiceRunsAndBuildsTheImageOfThisVersion(String name) throws Exception {
    Map<String, Object> build = map(service(name).get("build"));
    Path context = DOCKER.resolve(text(build.get("context")));

    assertThat(service(name))
        .contains(entry("image", FROM + "gtr-turbo/" + name + ":" + version()));
    assertThat(map(build.get("args"))).containsOnly(entry("SERVICE", name));
    assertThat(context.resolve("gtr")).isExecutable();
    assertThat(context.resolve(text(build.get("dockerfile")))).isRegularFile();
  }

  @Test
  void theBrokerIsOfTheVersionThatTheServicesAreBuiltWith() {
    assertThat(service(BROKER))
        .contains(entry("image", FROM + "apache/kafka:" + AppInfoParser.getVersion()));
  }

  @ParameterizedTest
  @ValueSource(strings = {"learner", "merger", "actor"})
  void aServiceReadsTheSettingsThatAreMountedAndFindsTheBrokerByThem(String name) {
    List<String> command = texts(service(name).get("command"));
    assertThat(command).hasSize(2).startsWith("--settings");
    String source = mountedAt(name, command.getLast());

    Settings settings =
        SettingsReader.read(Optional.of(DOCKER.resolve(source)), Optional.empty(), List.of());

    assertThat(settings.kafka().bootstrap()).hasValue(BROKER + ":" + port("LISTENERS", "INSIDE"));
    assertThat(setting("ADVERTISED_LISTENERS"))
        .contains("INSIDE://" + settings.kafka().bootstrap().orElseThrow());
  }

  @ParameterizedTest
  @ValueSource(strings = {"learner", "merger", "actor"})
  void allServicesShareTheVolumeInWhichTheImageKeepsItsRuns(String name) throws IOException {
    String folder = found("(?m)^VOLUME (\\S+)$", DOCKER.resolve("Dockerfile"));

    assertThat(found("--runs (\\S+)", DOCKER.resolve("start"))).isEqualTo(folder);
    assertThat(map(compose.get("volumes"))).containsKey(mountedAt(name, folder));
    assertThat(mountedAt(name, folder)).isEqualTo(mountedAt("learner", folder));
  }

  @ParameterizedTest
  @ValueSource(strings = {"learner", "merger", "actor"})
  void aServiceStartsWhenTheBrokerIsHealthy(String name) {
    assertThat(map(service(name).get("depends_on")))
        .containsOnly(entry(BROKER, Map.of("condition", "service_healthy")));
    assertThat(texts(map(service(BROKER).get("healthcheck")).get("test")).getLast())
        .endsWith("/" + port("LISTENERS", "INSIDE"));
  }

  @Test
  void theBrokerIsPublishedToThisMachineAloneAtThePortThatItSays() {
    String port = port("ADVERTISED_LISTENERS", "OUTSIDE");

    assertThat(port("LISTENERS", "OUTSIDE")).isEqualTo(port);
    assertThat(texts(service(BROKER).get("ports")))
        .containsExactly("127.0.0.1:" + port + ":" + port);
  }

  private static String version() throws Exception {
    var pom =
        DocumentBuilderFactory.newInstance()
            .newDocumentBuilder()
            .parse(Path.of("..", "pom.xml").toFile());
    return XPathFactory.newInstance().newXPath().evaluate("/project/version", pom);
  }

  private Map<String, Object> service(String name) {
    return map(map(compose.get("services")).get(name));
  }

  /** What is mounted into a service at a path. */
  private String mountedAt(String service, String path) {
    return texts(service(service).get("volumes")).stream()
        .map(volume -> volume.split(":"))
        .filter(parts -> parts[1].equals(path))
        .map(parts -> parts[0])
        .findFirst()
        .orElseThrow(() -> new AssertionError(service + " has nothing mounted at " + path));
  }

  private String setting(String name) {
    return text(map(service(BROKER).get("environment")).get("KAFKA_" + name));
  }

  /** The port of one listener in one of the broker's settings. */
  private String port(String setting, String listener) {
    return Arrays.stream(setting(setting).split(","))
        .filter(address -> address.startsWith(listener + "://"))
        .map(address -> address.substring(address.lastIndexOf(':') + 1))
        .findFirst()
        .orElseThrow(() -> new AssertionError(setting + " has no listener " + listener));
  }

  private static String found(String pattern, Path file) throws IOException {
    Matcher matcher = Pattern.compile(pattern).matcher(Files.readString(file));
    assertThat(matcher.find()).as("%s has %s", file, pattern).isTrue();
    return matcher.group(1);
  }

  private static Map<String, Object> yaml(Path file) {
    try {
      Object loaded =
          new Yaml(new SafeConstructor(new LoaderOptions())).load(Files.readString(file));
      return map(loaded);
    } catch (IOException e) {
      throw new AssertionError("cannot read " + file.toAbsolutePath(), e);
    }
  }

  @SuppressWarnings("unchecked")
  private static Map<String, Object> map(Object value) {
    assertThat(value).isInstanceOf(Map.class);
    return (Map<String, Object>) value;
  }

  @SuppressWarnings("unchecked")
  private static List<String> texts(Object value) {
    assertThat(value).isInstanceOf(List.class);
    return (List<String>) value;
  }

  private static String text(Object value) {
    assertThat(value).isInstanceOf(String.class);
    return (String) value;
  }
}
