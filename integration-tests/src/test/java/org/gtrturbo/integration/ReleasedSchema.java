package org.gtrturbo.integration;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.StreamSupport;
import org.apache.avro.Schema;
import org.apache.avro.SchemaNormalization;
import org.apache.avro.SchemaParser;
import org.apache.avro.generic.GenericData;
import org.apache.avro.generic.GenericDatumReader;
import org.apache.avro.generic.GenericRecord;
import org.apache.avro.io.DecoderFactory;
import org.apache.avro.message.BinaryMessageEncoder;
import org.apache.avro.specific.SpecificRecord;
import org.apache.avro.util.RandomData;
import org.gtrturbo.events.EventCodec;

/**
 * A released version of an event's schema and who writes with it: an older release, which knows no
 * generated class of today.
 *
 * @param number from 1, the oldest
 */
record ReleasedSchema(Schema schema, int number) {
  private static final int MARKER_BYTES = 2;
  private static final int HEADER_BYTES = MARKER_BYTES + Long.BYTES;

  /** Every released version of an event's schema, oldest first. */
  static List<ReleasedSchema> of(EventCodec<?> codec) {
    var released = new ArrayList<ReleasedSchema>();
    for (int number = 1; ; number++) {
      String resource = "/avro-history/" + codec.type().getSimpleName() + "/" + number + ".avsc";
      try (InputStream in = EventCodec.class.getResourceAsStream(resource)) {
        if (in == null) {
          return List.copyOf(released);
        }
        released.add(new ReleasedSchema(new SchemaParser().parse(in).mainSchema(), number));
      } catch (IOException e) {
        throw new UncheckedIOException("cannot read " + resource + " of the class path", e);
      }
    }
  }

  /** The schema's CRC-64-AVRO fingerprint. */
  long fingerprint() {
    return SchemaNormalization.parsingFingerprint64(schema);
  }

  /** The fingerprint of the schema that an event's bytes say they were written with. */
  static long fingerprintIn(byte[] event) {
    return ByteBuffer.wrap(event, MARKER_BYTES, Long.BYTES)
        .order(ByteOrder.LITTLE_ENDIAN)
        .getLong();
  }

  /** Events of this version with arbitrary content. */
  List<GenericRecord> arbitrary(int count, long seed) {
    return StreamSupport.stream(new RandomData(schema, count, seed).spliterator(), false)
        .map(GenericRecord.class::cast)
        .toList();
  }

  /** The bytes that a release of this version puts on the log. */
  byte[] write(GenericRecord event) throws IOException {
    ByteBuffer encoded =
        new BinaryMessageEncoder<GenericRecord>(GenericData.get(), schema).encode(event);
    byte[] bytes = new byte[encoded.remaining()];
    encoded.get(bytes);
    return bytes;
  }

  /** An event of today as this version has it: without what it has no fields for. */
  <T extends SpecificRecord> GenericRecord of(T event, EventCodec<T> codec) throws IOException {
    byte[] bytes = codec.encode(event);
    var body =
        DecoderFactory.get().binaryDecoder(bytes, HEADER_BYTES, bytes.length - HEADER_BYTES, null);
    return new GenericDatumReader<GenericRecord>(codec.schema(), schema).read(null, body);
  }
}
