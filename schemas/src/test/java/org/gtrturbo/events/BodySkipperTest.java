package org.gtrturbo.events;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.apache.avro.AvroRuntimeException;
import org.apache.avro.Schema;
import org.apache.avro.SchemaParser;
import org.apache.avro.generic.GenericData;
import org.apache.avro.generic.GenericDatumWriter;
import org.apache.avro.generic.GenericRecord;
import org.apache.avro.generic.GenericRecordBuilder;
import org.apache.avro.io.BinaryEncoder;
import org.apache.avro.io.EncoderFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Ends are found where Avro's own encoders leave them, whatever the value is. */
class BodySkipperTest {
  /** One field of every type, and lists of what is skipped in one loop, one by one, and nested. */
  private static final Schema EVERYTHING =
      new SchemaParser()
          .parse(
              """
              {"type": "record", "name": "Everything", "fields": [
                {"name": "nothing", "type": "null"}, {"name": "flag", "type": "boolean"},
                {"name": "small", "type": "int"}, {"name": "large", "type": "long"},
                {"name": "single", "type": "float"}, {"name": "twice", "type": "double"},
                {"name": "text", "type": "string"}, {"name": "bytes", "type": "bytes"},
                {"name": "fixed", "type": {"type": "fixed", "name": "Five", "size": 5}},
                {"name": "kind", "type": {"type": "enum", "name": "Kind", "symbols": ["A", "B"]}},
                {"name": "perhaps", "type": ["null", "string"]},
                {"name": "numbers", "type": {"type": "array", "items": {
                  "type": "record", "name": "Pair", "fields": [
                    {"name": "first", "type": "long"}, {"name": "last", "type": "long"}]}}},
                {"name": "texts", "type": {"type": "array", "items": "string"}},
                {"name": "nested", "type": {"type": "array", "items": {
                  "type": "array", "items": "int"}}},
                {"name": "map", "type": {"type": "map", "values": "double"}}]}
              """)
          .mainSchema();

  private final BodySkipper skipper = BodySkipper.of(EVERYTHING);

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
  void theEndIsWhereTheEncoderLeftIt(long seed) throws IOException {
    GenericRecord value = everything(new Random(seed));
    var plain = new ByteArrayOutputStream();
    byte[] written = written(value, plain, EncoderFactory.get().binaryEncoder(plain, null));
    var sized = new ByteArrayOutputStream();
    var blocks = new EncoderFactory().configureBlockSize(64).blockingBinaryEncoder(sized, null);
    byte[] blocked = written(value, sized, blocks);

    assertThat(skipper.skip(written, 3)).isEqualTo(written.length - 3);
    assertThat(skipper.skip(blocked, 3)).isEqualTo(blocked.length - 3);
  }

  @Test
  void whatTheBytesCannotHoldIsNoValue() {
    BodySkipper texts = BodySkipper.of(EVERYTHING.getField("texts").schema());
    // 2^20 items, and one of 2^20 bytes: zigzag varints of three bytes and of four.
    byte[] items = {(byte) 0x80, (byte) 0x80, (byte) 0x80, 1, 0, 0};
    byte[] length = {2, (byte) 0x80, (byte) 0x80, (byte) 0x80, 1, 0};
    byte[] endless = new byte[16];
    Arrays.fill(endless, (byte) 0xFF);
    byte[] negative = {2, 1, 0};

    assertThatThrownBy(() -> texts.skip(items, 0)).isInstanceOf(IndexOutOfBoundsException.class);
    assertThatThrownBy(() -> texts.skip(length, 0)).isInstanceOf(IndexOutOfBoundsException.class);
    assertThatThrownBy(() -> texts.skip(endless, 0)).isInstanceOf(AvroRuntimeException.class);
    assertThatThrownBy(() -> texts.skip(negative, 0)).isInstanceOf(IndexOutOfBoundsException.class);
    assertThatThrownBy(
            () ->
                BodySkipper.of(EVERYTHING.getField("perhaps").schema())
                    .skip(new byte[] {4, 0, 0}, 0))
        .isInstanceOf(AvroRuntimeException.class)
        .hasMessage("a union has no branch 2");
  }

  /** Between three bytes that do not belong to it. */
  private static byte[] written(
      GenericRecord value, ByteArrayOutputStream bytes, BinaryEncoder encoder) throws IOException {
    bytes.write(new byte[3]);
    new GenericDatumWriter<GenericRecord>(EVERYTHING).write(value, encoder);
    encoder.flush();
    bytes.write(new byte[] {-1, -1, -1});
    return bytes.toByteArray();
  }

  private static GenericRecord everything(Random random) {
    Schema pair = EVERYTHING.getField("numbers").schema().getElementType();
    Schema kind = EVERYTHING.getField("kind").schema();
    Map<String, Double> map = new TreeMap<>();
    random.ints(random.nextInt(20)).forEach(key -> map.put("key" + key, random.nextDouble()));
    return new GenericRecordBuilder(EVERYTHING)
        .set("nothing", null)
        .set("flag", random.nextBoolean())
        .set("small", random.nextInt())
        .set("large", random.nextLong())
        .set("single", random.nextFloat())
        .set("twice", random.nextDouble())
        .set("text", "x".repeat(random.nextInt(300)))
        .set("bytes", ByteBuffer.wrap(new byte[random.nextInt(300)]))
        .set("fixed", new GenericData.Fixed(EVERYTHING.getField("fixed").schema(), new byte[5]))
        .set("kind", new GenericData.EnumSymbol(kind, random.nextBoolean() ? "A" : "B"))
        .set("perhaps", random.nextBoolean() ? "there" : null)
        .set(
            "numbers",
            random
                .longs(random.nextInt(100))
                .mapToObj(
                    number ->
                        new GenericRecordBuilder(pair)
                            .set("first", number)
                            .set("last", number >> random.nextInt(64))
                            .build())
                .toList())
        .set("texts", random.ints(random.nextInt(30)).mapToObj(Integer::toString).toList())
        .set("nested", List.of(random.ints(7).boxed().toList(), List.of(), List.of(1)))
        .set("map", map)
        .build();
  }
}
