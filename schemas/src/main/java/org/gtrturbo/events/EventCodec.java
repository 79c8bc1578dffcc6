package org.gtrturbo.events;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.HashMap;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import org.apache.avro.AvroRuntimeException;
import org.apache.avro.Schema;
import org.apache.avro.SchemaNormalization;
import org.apache.avro.io.BinaryDecoder;
import org.apache.avro.io.DatumReader;
import org.apache.avro.io.DecoderFactory;
import org.apache.avro.message.BinaryMessageEncoder;
import org.apache.avro.specific.SpecificData;
import org.apache.avro.specific.SpecificRecord;
import org.apache.avro.util.ClassSecurityValidator;
import org.jspecify.annotations.NullMarked;
import org.jspecify.annotations.Nullable;

/**
 * Writes and reads one type of event in Avro's single-object encoding: the bytes {@code C3 01}, the
 * writer schema's CRC-64-AVRO fingerprint (8 bytes, little-endian), the Avro binary body.
 *
 * <p>Reads what the current schema and every released version of it wrote. Safe for use by many
 * threads.
 */
@NullMarked
public final class EventCodec<T extends SpecificRecord> {
  private static final int HEADER_BYTES = 10;
  private static final byte[] MARKER = {(byte) 0xC3, 0x01};
  private static final byte[] EMPTY_LIST = {0};

  static {
    // Avro 1.12.2 refuses to create generated records unless their package is trusted (AVRO-4189).
    // Its system property
    // is read once when a class of Avro loads, so it would depend on who starts the process.
    String trusted = EventCodec.class.getPackageName();
    ClassSecurityValidator.setGlobal(
        ClassSecurityValidator.composite(
            ClassSecurityValidator.getGlobal(), type -> type.getPackageName().equals(trusted)));
  }

  private final Class<T> type;
  private final Released released;
  private final SpecificData model;
  private final Schema current;
  private final Set<String> skipped;
  private final Set<String> deferred;
  private final BinaryMessageEncoder<T> encoder;
  private final Map<Long, Reader<T>> readers = new ConcurrentHashMap<>();

  /**
   * A codec that reads these schemas too.
   *
   * @param released other versions of the type's schema
   */
  EventCodec(Class<T> type, List<Schema> released) {
    this(type, new Released(() -> released), Set.of(), Set.of());
  }

  private EventCodec(Class<T> type, Released released, Set<String> skipped, Set<String> deferred) {
    this.type = type;
    this.released = released;
    this.skipped = skipped;
    this.deferred = deferred;
    this.model = SpecificData.getForClass(type);
    this.current = model.getSchema(type);
    this.encoder = new BinaryMessageEncoder<>(model, current);
    ListCutter.requireLists(current, skipped);
    ListCutter.requireLists(current, deferred);
    readers.put(SchemaNormalization.parsingFingerprint64(current), reader(current));
  }

  /**
   * Other versions of a type's schema, by fingerprint, made out when the first event comes that the
   * current one has not written: most processes never meet one.
   */
  private static final class Released {
    private final Supplier<List<Schema>> versions;
    private @Nullable Map<Long, Schema> byFingerprint;

    private Released(Supplier<List<Schema>> versions) {
      this.versions = versions;
    }

    synchronized Optional<Schema> version(long fingerprint) {
      Map<Long, Schema> known = byFingerprint;
      if (known == null) {
        known = new HashMap<>();
        for (Schema version : versions.get()) {
          known.put(SchemaNormalization.parsingFingerprint64(version), version);
        }
        byFingerprint = known;
      }
      return Optional.ofNullable(known.get(fingerprint));
    }
  }

  /**
   * The codec of one generated event type.
   *
   * @throws org.apache.avro.AvroRuntimeException if the type is no generated Avro record
   */
  public static <T extends SpecificRecord> EventCodec<T> of(Class<T> type) {
    return new EventCodec<>(
        type, new Released(() -> EventSchemas.released(type.getSimpleName())), Set.of(), Set.of());
  }

  /**
   * A codec that passes over some lists of the event when it reads, so that they are empty in what
   * it decodes; for who needs small parts of large events, many times.
   *
   * @param lists names of fields
   * @throws IllegalArgumentException if the event has no list of such a name
   */
  public EventCodec<T> without(String... lists) {
    return new EventCodec<>(type, released, Set.of(lists), deferred);
  }

  /**
   * A codec that leaves some lists of the event as bytes until they are looked at, for who looks at
   * few of many events. To look at a list whose items cannot be read throws {@link
   * UnreadableEventException}; where it begins and ends is known to {@link #decode}.
   *
   * @param lists names of fields
   * @throws IllegalArgumentException if the event has no list of such a name
   */
  public EventCodec<T> deferring(String... lists) {
    return new EventCodec<>(type, released, skipped, Set.of(lists));
  }

  /**
   * Reads what one version of the schema wrote.
   *
   * @param cutter takes out what is passed over and what is deferred
   * @param lists those of them that are deferred, by name
   */
  private record Reader<T>(
      ListCutter cutter, DatumReader<T> events, Map<String, DatumReader<List<Object>>> lists) {}

  /**
   * @param writer what the events were written with
   */
  private Reader<T> reader(Schema writer) {
    var cut = new HashSet<>(skipped);
    cut.addAll(deferred);
    var lists = new HashMap<String, DatumReader<List<Object>>>();
    for (String name : deferred) {
      Schema.Field written = writer.getField(name);
      if (written != null) {
        lists.put(name, reader(written.schema(), current.getField(name).schema()));
      }
    }
    return new Reader<>(new ListCutter(writer, cut), reader(writer, current), lists);
  }

  @SuppressWarnings("unchecked") // Avro types its reader factory by Object.
  private <D> DatumReader<D> reader(Schema writer, Schema reader) {
    return (DatumReader<D>) model.createDatumReader(writer, reader);
  }

  public Class<T> type() {
    return type;
  }

  /** The schema that this codec writes. */
  public Schema schema() {
    return current;
  }

  /** The event as bytes that the caller owns. */
  public byte[] encode(T event) {
    try {
      ByteBuffer encoded = encoder.encode(event);
      byte[] bytes = new byte[encoded.remaining()];
      encoded.get(bytes);
      return bytes;
    } catch (IOException e) {
      throw new UncheckedIOException("cannot encode a " + type.getSimpleName(), e);
    }
  }

  /**
   * The event that the bytes hold. Nothing of the array is kept.
   *
   * @throws UnreadableEventException if the bytes are no event of this type, are cut short, or were
   *     written with a schema that is neither the current nor a released one
   */
  public T decode(byte[] bytes) {
    Reader<T> reader = readerFor(bytes);
    Map<String, byte[]> lists = deferred.isEmpty() ? Map.of() : new HashMap<>();
    byte[] left;
    try {
      left = reader.cutter().cut(bytes, HEADER_BYTES, deferred, lists);
    } catch (AvroRuntimeException | IndexOutOfBoundsException e) {
      throw notWhole(bytes.length, e);
    }
    T event = decode(reader.events(), left, HEADER_BYTES, bytes.length);
    reader
        .lists()
        .forEach(
            (name, items) -> {
              byte[] list = lists.getOrDefault(name, EMPTY_LIST);
              event.put(
                  current.getField(name).pos(),
                  new DeferredList<>(() -> decode(items, list, 0, bytes.length)));
            });
    return event;
  }

  /**
   * Reads a part of an event, or all of it.
   *
   * @param length of the event as it was given, for what is said of it
   */
  private <D> D decode(DatumReader<D> reader, byte[] bytes, int from, int length) {
    BinaryDecoder body = DecoderFactory.get().binaryDecoder(bytes, from, bytes.length - from, null);
    try {
      @SuppressWarnings("NullAway") // Avro takes null for "nothing to reuse".
      D read = reader.read(null, body);
      if (!body.isEnd()) {
        throw new UnreadableEventException(
            "bytes are left over after a whole " + type.getSimpleName() + ", of " + length);
      }
      return read;
    } catch (IOException | AvroRuntimeException | IndexOutOfBoundsException e) {
      throw notWhole(length, e);
    }
  }

  private UnreadableEventException notWhole(int length, Exception reason) {
    return new UnreadableEventException(
        "the body is not a whole "
            + type.getSimpleName()
            + " ("
            + length
            + " bytes; "
            + reason.getClass().getSimpleName()
            + ")",
        reason);
  }

  private Reader<T> readerFor(byte[] bytes) {
    if (bytes.length < HEADER_BYTES) {
      throw new UnreadableEventException(
          "an event has at least " + HEADER_BYTES + " bytes, this has " + bytes.length);
    }
    if (bytes[0] != MARKER[0] || bytes[1] != MARKER[1]) {
      throw new UnreadableEventException(
          "an event starts with c301, this with " + HexFormat.of().formatHex(bytes, 0, 2));
    }
    long fingerprint =
        ByteBuffer.wrap(bytes, MARKER.length, Long.BYTES).order(ByteOrder.LITTLE_ENDIAN).getLong();
    Reader<T> reader = readers.get(fingerprint);
    return reader == null ? readerForReleased(fingerprint) : reader;
  }

  private Reader<T> readerForReleased(long fingerprint) {
    Optional<Schema> writer = released.version(fingerprint);
    if (writer.isEmpty()) {
      throw new UnreadableEventException(
          "no known version of "
              + type.getSimpleName()
              + " has the schema fingerprint "
              + HexFormat.of().toHexDigits(fingerprint)
              + "; a newer release may have written it");
    }
    return readers.computeIfAbsent(fingerprint, _ -> reader(writer.get()));
  }
}
