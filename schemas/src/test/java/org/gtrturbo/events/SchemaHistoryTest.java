package org.gtrturbo.events;

import static org.apache.avro.SchemaCompatibility.checkReaderWriterCompatibility;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.apache.avro.Schema;
import org.apache.avro.SchemaCompatibility.SchemaCompatibilityType;
import org.apache.avro.SchemaFormatter;
import org.apache.avro.SchemaParser;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Every release reads what every other release writes, and no schema changes without becoming a
 * version.
 */
class SchemaHistoryTest {

  @ParameterizedTest
  @MethodSource("events")
  void theCurrentSchemaReadsAndIsReadByEveryReleasedVersion(Schema current) {
    List<Schema> released = EventSchemas.released(current.getName());
    assertThat(released).isNotEmpty();
    for (int n = 1; n <= released.size(); n++) {
      assertCompatible(current, released.get(n - 1), "version " + n + " is read by the current");
      assertCompatible(released.get(n - 1), current, "the current is read by version " + n);
    }
  }

  @ParameterizedTest
  @MethodSource("events")
  void theNewestReleasedVersionIsTheCurrentSchema(Schema current) throws IOException {
    List<Schema> released = EventSchemas.released(current.getName());
    Schema plain = withoutJavaTypes(current);
    if (released.isEmpty() || !released.getLast().equals(plain)) {
      Path version = Path.of(current.getName(), released.size() + 1 + ".avsc");
      Path written = Path.of("target", "avro-history").resolve(version);
      Files.createDirectories(written.getParent());
      Files.writeString(written, SchemaFormatter.format("json/pretty", plain) + "\n");
      fail(
          "%s has changed since its newest version; copy %s to src/main/resources/avro-history/%s",
          current.getName(), written, version);
    }
  }

  @Test
  void anIncompatibleChangeIsNoticed() {
    Schema written = schema("{\"name\": \"a\", \"type\": \"int\"}");
    Schema withoutDefault =
        schema("{\"name\": \"a\", \"type\": \"int\"}, {\"name\": \"b\", \"type\": \"int\"}");

    assertThat(checkReaderWriterCompatibility(withoutDefault, written).getType())
        .isEqualTo(SchemaCompatibilityType.INCOMPATIBLE);
  }

  static Stream<Schema> events() {
    return new TopicCatalogue("run", 1).all().stream().map(topic -> topic.codec().schema());
  }

  private static void assertCompatible(Schema reader, Schema writer, String what) {
    var result = checkReaderWriterCompatibility(reader, writer);
    assertThat(result.getType())
        .as(reader.getName() + ": " + what + ": " + result.getResult().getIncompatibilities())
        .isEqualTo(SchemaCompatibilityType.COMPATIBLE);
  }

  private static Schema schema(String fields) {
    return new SchemaParser()
        .parse("{\"type\": \"record\", \"name\": \"E\", \"fields\": [" + fields + "]}")
        .mainSchema();
  }

  private static Schema withoutJavaTypes(Schema schema) {
    return new SchemaParser()
        .parse(schema.toString().replace(",\"avro.java.string\":\"String\"", ""))
        .mainSchema();
  }
}
