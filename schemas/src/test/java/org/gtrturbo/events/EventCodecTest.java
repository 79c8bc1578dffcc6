package org.gtrturbo.events;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.Executors;
import java.util.stream.IntStream;
import org.apache.avro.Schema;
import org.apache.avro.SchemaParser;
import org.apache.avro.generic.GenericData;
import org.apache.avro.generic.GenericRecordBuilder;
import org.apache.avro.io.EncoderFactory;
import org.apache.avro.message.BinaryMessageEncoder;
import org.apache.avro.specific.SpecificData;
import org.apache.avro.specific.SpecificDatumWriter;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What is written is read back whole, and whatever else the bytes are is refused with a reason. */
class EventCodecTest {
  private final EventCodec<Turn> turns = EventCodec.of(Turn.class);
  private final EventCodec<Metric> metrics = EventCodec.of(Metric.class);
  private final EventCodec<Checkpoint> checkpoints = EventCodec.of(Checkpoint.class);

  @Test
  void aTurnWithEverythingIsReadBackAsItWas() {
    Turn turn = turn();

    assertThat(turns.decode(turns.encode(turn))).isEqualTo(turn);
  }

  @Test
  void absentPartsOfATurnStayAbsent() {
    Turn turn = Turn.newBuilder(turn()).clearTeacher().clearSuccess().clearRecognised().build();

    Turn read = turns.decode(turns.encode(turn));

    assertThat(read.getTeacher()).isEmpty();
    assertThat(read.getSuccess()).isEmpty();
    assertThat(read.getRecognised()).isEmpty();
    assertThat(read).isEqualTo(turn);
  }

  @Test
  void listsThatArePassedOverAreEmptyAndAllElseIsRead() {
    Checkpoint whole = checkpoint();

    Checkpoint read = checkpoints.without("optimizer", "tensors").decode(checkpoints.encode(whole));

    assertThat(read)
        .isEqualTo(
            Checkpoint.newBuilder(whole).setTensors(List.of()).setOptimizer(List.of()).build());
  }

  @Test
  void aListThatIsDeferredIsReadWhenItIsLookedAt() {
    Checkpoint whole = checkpoint();
    var deferring = checkpoints.without("tensors").deferring("batch", "optimizer");

    Checkpoint read = deferring.decode(checkpoints.encode(whole));

    assertThat(read.getTensors()).isEmpty();
    assertThat(read.getBatch()).isEqualTo(whole.getBatch());
    assertThat(read.getOptimizer()).isEqualTo(whole.getOptimizer());
    assertThat(read).isEqualTo(Checkpoint.newBuilder(whole).setTensors(List.of()).build());
  }

  @Test
  void aDeferredListWithItemsThatCannotBeReadIsFoundOutWhenItIsLookedAt() {
    var range = new OffsetRange(0, 0L, Long.MAX_VALUE);
    byte[] bytes =
        checkpoints.encode(Checkpoint.newBuilder(checkpoint()).setBatch(List.of(range)).build());
    // As many numbers in as many bytes, but the first of them is now too large for a partition.
    String largest = "\u00fe" + "\u00ff".repeat(8) + "\u0001";
    byte[] wrong =
        new String(bytes, ISO_8859_1)
            .replace("\0\0" + largest, largest + "\0\0")
            .getBytes(ISO_8859_1);

    Checkpoint read = checkpoints.deferring("batch").decode(wrong);

    assertThat(read.getLosses()).isEqualTo(checkpoint().getLosses());
    assertThatThrownBy(() -> read.getBatch().size())
        .isInstanceOf(UnreadableEventException.class)
        .hasMessageContaining("not a whole Checkpoint (" + bytes.length + " bytes");
  }

  @Test
  void listsInBlocksThatSayTheirLengthAreReadPassedOverAndDeferredTheSame() throws Exception {
    Checkpoint whole = checkpoint();
    var body = new ByteArrayOutputStream();
    var blocks = new EncoderFactory().configureBlockSize(64).blockingBinaryEncoder(body, null);
    new SpecificDatumWriter<>(Checkpoint.class).write(whole, blocks);
    blocks.flush();
    byte[] plain = checkpoints.encode(whole);
    byte[] bytes = Arrays.copyOf(plain, 10 + body.size());
    System.arraycopy(body.toByteArray(), 0, bytes, 10, body.size());

    assertThat(bytes).isNotEqualTo(plain);
    assertThat(checkpoints.decode(bytes)).isEqualTo(whole);
    assertThat(checkpoints.deferring("batch").decode(bytes)).isEqualTo(whole);
    assertThat(checkpoints.without("tensors", "batch").decode(bytes))
        .isEqualTo(checkpoints.without("tensors", "batch").decode(plain));
  }

  @Test
  void listsOfAnOlderVersionArePassedOverAndThoseItLacksAreEmpty() throws Exception {
    Schema current = checkpoints.schema();
    Schema older =
        Schema.createRecord(
            current.getName(),
            "",
            current.getNamespace(),
            false,
            current.getFields().stream()
                .filter(field -> !field.name().equals("consumed"))
                .map(field -> new Schema.Field(field, field.schema()))
                .toList());
    var written = new GenericRecordBuilder(older);
    Checkpoint whole = checkpoint();
    for (Schema.Field field : older.getFields()) {
      written.set(field, whole.get(field.name()));
    }
    var bytes = new ByteArrayOutputStream();
    new BinaryMessageEncoder<GenericData.Record>(SpecificData.get(), older)
        .encode(written.build(), bytes);

    Checkpoint read =
        new EventCodec<>(Checkpoint.class, List.of(older))
            .without("tensors", "consumed")
            .deferring("batch")
            .decode(bytes.toByteArray());

    assertThat(read.getTensors()).isEmpty();
    assertThat(read.getConsumed()).isEmpty();
    assertThat(read.getBatch()).isEqualTo(whole.getBatch());
    assertThat(read.getLosses()).isEqualTo(whole.getLosses());
  }

  @Test
  void whatIsNoListCannotBePassedOver() {
    assertThatThrownBy(() -> metrics.without("run"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("a Metric has no list run that could be passed over");
  }

  @Test
  void encodingLeavesTheEventsBuffersReadable() {
    Turn turn = turn();

    byte[] first = turns.encode(turn);

    assertThat(turns.encode(turn)).isEqualTo(first);
  }

  @Test
  void theFormatIsAvrosSingleObjectEncoding() throws Exception {
    Metric metric = metric();
    var avros = new ByteArrayOutputStream();
    Metric.getEncoder().encode(metric, avros);

    assertThat(metrics.encode(metric)).isEqualTo(avros.toByteArray());
  }

  @Test
  void manyThreadsShareACodec() throws Exception {
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      var reads =
          IntStream.range(0, 200)
              .mapToObj(
                  i ->
                      threads.submit(
                          () -> {
                            var metric = Metric.newBuilder(metric()).setVersion(i).build();
                            return metrics.decode(metrics.encode(metric)).getVersion();
                          }))
              .toList();
      for (int i = 0; i < reads.size(); i++) {
        assertThat(reads.get(i).get()).isEqualTo(i);
      }
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 9})
  void bytesTooFewForAHeaderAreUnreadable(int length) {
    assertThatThrownBy(() -> metrics.decode(new byte[length]))
        .isInstanceOf(UnreadableEventException.class)
        .hasMessage("an event has at least 10 bytes, this has " + length);
  }

  @Test
  void bytesThatAreNoEventAreUnreadable() {
    assertThatThrownBy(() -> metrics.decode("some other text".getBytes(UTF_8)))
        .isInstanceOf(UnreadableEventException.class)
        .hasMessage("an event starts with c301, this with 736f");
  }

  @Test
  void everyTruncationOfAnEventIsUnreadable() {
    byte[] whole = turns.encode(turn());

    for (int length = 10; length < whole.length; length++) {
      byte[] cut = Arrays.copyOf(whole, length);
      assertThatThrownBy(() -> turns.decode(cut))
          .as("cut to %d of %d bytes", length, whole.length)
          .isInstanceOf(UnreadableEventException.class)
          .hasMessageContaining("not a whole Turn (" + length + " bytes");
    }
  }

  @Test
  void everyTruncationOfAnEventWhoseListsArePassedOverIsUnreadable() {
    byte[] whole = checkpoints.encode(checkpoint());
    var parts = checkpoints.without("tensors", "optimizer").deferring("batch");

    for (int length = 10; length < whole.length; length++) {
      byte[] cut = Arrays.copyOf(whole, length);
      assertThatThrownBy(() -> parts.decode(cut))
          .as("cut to %d of %d bytes", length, whole.length)
          .isInstanceOf(UnreadableEventException.class)
          .hasMessageContaining("not a whole Checkpoint (" + length + " bytes");
    }
  }

  @Test
  void bytesBehindAWholeEventAreUnreadable() {
    byte[] whole = metrics.encode(metric());

    assertThatThrownBy(() -> metrics.decode(Arrays.copyOf(whole, whole.length + 1)))
        .isInstanceOf(UnreadableEventException.class)
        .hasMessageContaining("left over after a whole Metric");
  }

  @Test
  void aSchemaThatNoReleaseHasIsUnreadable() {
    byte[] turn = turns.encode(turn());

    assertThatThrownBy(() -> metrics.decode(turn))
        .isInstanceOf(UnreadableEventException.class)
        .hasMessageStartingWith("no known version of Metric has the schema fingerprint ");
  }

  @Test
  void aLengthThatCannotBeIsUnreadableAndCostsNoMemory() {
    byte[] metric = Arrays.copyOf(metrics.encode(metric()), 20);
    // The first field's length becomes 2^30: a zigzag varint of five bytes.
    byte[] length = {(byte) 0x80, (byte) 0x80, (byte) 0x80, (byte) 0x80, 0x08};
    System.arraycopy(length, 0, metric, 10, length.length);

    assertThatThrownBy(() -> metrics.decode(metric)).isInstanceOf(UnreadableEventException.class);
  }

  @Test
  void randomBodiesNeverEscapeAsAnotherFailure() {
    var random = new Random(7);
    byte[] whole = turns.encode(turn());
    for (int i = 0; i < 5000; i++) {
      byte[] damaged = whole.clone();
      for (int hits = 0; hits < 3; hits++) {
        damaged[10 + random.nextInt(damaged.length - 10)] = (byte) random.nextInt();
      }
      try {
        assertThat(turns.decode(damaged)).isNotNull();
      } catch (UnreadableEventException e) {
        assertThat(e.getMessage()).isNotEmpty();
      }
    }
  }

  @Test
  void randomBodiesWhoseListsArePassedOverNeverEscapeAsAnotherFailure() {
    var random = new Random(8);
    byte[] whole = checkpoints.encode(checkpoint());
    var parts = checkpoints.without("tensors", "optimizer").deferring("batch");
    for (int i = 0; i < 5000; i++) {
      byte[] damaged = whole.clone();
      for (int hits = 0; hits < 3; hits++) {
        damaged[10 + random.nextInt(damaged.length - 10)] = (byte) random.nextInt();
      }
      try {
        assertThat(parts.decode(damaged).getBatch().size()).isNotNegative();
      } catch (UnreadableEventException e) {
        assertThat(e.getMessage()).isNotEmpty();
      }
    }
  }

  @Test
  void whatAnOlderVersionWroteIsReadWithTheDefaultsOfTheCurrent() throws Exception {
    Schema older =
        new SchemaParser()
            .parse(
                """
                {"type": "record", "name": "DeadLetter", "namespace": "org.gtrturbo.events", "fields": [
                  {"name": "topic", "type": "string"}, {"name": "partition", "type": "int"},
                  {"name": "offset", "type": "long"}, {"name": "reader", "type": "string"},
                  {"name": "reason", "type": "string"}, {"name": "dropped", "type": "int"},
                  {"name": "at", "type": {"type": "long", "logicalType": "timestamp-millis"}}]}
                """)
            .mainSchema();
    var written =
        new GenericRecordBuilder(older)
            .set("topic", "t")
            .set("partition", 1)
            .set("offset", 2L)
            .set("reader", "r")
            .set("reason", "why")
            .set("dropped", 5)
            .set("at", 1234L)
            .build();
    var bytes = new ByteArrayOutputStream();
    new BinaryMessageEncoder<GenericData.Record>(GenericData.get(), older).encode(written, bytes);
    var codec = new EventCodec<>(DeadLetter.class, List.of(older));

    DeadLetter read = codec.decode(bytes.toByteArray());

    assertThat(read.getReason()).isEqualTo("why");
    assertThat(read.getAt()).isEqualTo(Instant.ofEpochMilli(1234));
    assertThat(read.getValue()).isEmpty();
  }

  private static Metric metric() {
    return new Metric("run", "learner", 3L, Map.of("loss", 0.25), Instant.ofEpochMilli(1234));
  }

  private static Checkpoint checkpoint() {
    return Checkpoint.newBuilder(SampleEvents.checkpoint("run", 3L, 12L, Instant.EPOCH))
        .setTensors(
            List.of(
                new TensorRef("w", "float32", List.of(2L, 300L), List.of(new BlobRef("aa", 2400L))),
                new TensorRef("b", "float32", List.of(2L), List.of(new BlobRef("bb", 8L)))))
        .setOptimizer(
            List.of(
                new TensorRef("moments", "float32", List.of(), List.of(new BlobRef("cc", 900L)))))
        .setBatch(List.of(new OffsetRange(1, 5L, 8L), new OffsetRange(0, 1000L, 70_000L)))
        .setProgress(List.of(new PartitionProgress(1, 5L, List.of(new OffsetRange(1, 6L, 8L)))))
        .setLosses(Map.of("policy", 0.5, "value", 0.25))
        .build();
  }

  private static Turn turn() {
    var observation =
        new SeenObservation(
            2, 1, 3, ByteBuffer.wrap(new byte[] {1, 2, 3, 4, 5, 6}), null, "Reach 24.");
    var teacher =
        new TeacherScore(
            4L,
            ByteBuffer.wrap(new byte[8]),
            2,
            ByteBuffer.wrap(new byte[4]),
            ByteBuffer.wrap(new byte[8]),
            List.of(7),
            "slow",
            3L);
    return Turn.newBuilder()
        .setEpisodeId("episode-1")
        .setTurnIndex(0)
        .setEnvironment("numberline")
        .setEnvironmentSeed(-5)
        .setActorId("actor-1")
        .setPolicyVersion(9)
        .setObservation(observation)
        .setTokens(List.of(7, 8))
        .setThoughtTokens(1)
        .setLogProbs(ByteBuffer.wrap(new byte[8]))
        .setThoughtEntropy(0.5f)
        .setActionEntropy(0.25f)
        .setValueEstimate(-1.5f)
        .setAction("+")
        .setFormatted(true)
        .setLegal(true)
        .setRecognised(false)
        .setReward(10)
        .setTerminated(true)
        .setTruncated(false)
        .setSuccess(true)
        .setTeacher(teacher)
        .setPlayedAt(Instant.ofEpochMilli(99))
        .build();
  }
}
