package org.gtrturbo.events;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import org.apache.avro.Schema;
import org.apache.avro.SchemaParser;
import org.jspecify.annotations.NullMarked;

/**
 * The released versions of each event's schema, kept as {@code avro-history/<Event>/<n>.avsc}
 * beside the classes.
 */
@NullMarked
final class EventSchemas {
  private EventSchemas() {}

  /**
   * Every released version of one event's schema, oldest first; versions are numbered from 1
   * without gaps.
   *
   * @param event simple name of the event
   */
  static List<Schema> released(String event) {
    var versions = new ArrayList<Schema>();
    for (int n = 1; ; n++) {
      String resource = "/avro-history/" + event + "/" + n + ".avsc";
      try (InputStream in = EventSchemas.class.getResourceAsStream(resource)) {
        if (in == null) {
          return List.copyOf(versions);
        }
        versions.add(new SchemaParser().parse(in).mainSchema());
      } catch (IOException e) {
        throw new UncheckedIOException("cannot read " + resource + " of the class path", e);
      }
    }
  }
}
