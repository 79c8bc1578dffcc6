package org.gtrturbo.events;

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
import org.apache.avro.message.BinaryMessageEncoder;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What is written is read back whole, and whatever else the bytes are is refused with a reason. */
class EventCodecTest {
  private final EventCodec<Turn> turns = EventCodec.of(Turn.class);
  private final EventCodec<Metric> metrics = EventCodec.of(Metric.class);

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
    var checkpoints = EventCodec.of(Checkpoint.class);
    Checkpoint whole =
        Checkpoint.newBuilder(SampleEvents.checkpoint("run", 3L, 12L, Instant.EPOCH))
            .setBatch(List.of(new OffsetRange(1, 5L, 8L)))
            .setTensors(
                List.of(new TensorRef("w", "float32", List.of(2L), List.of(new BlobRef("aa", 8L)))))
            .build();

    Checkpoint read = checkpoints.without("tensors").decode(checkpoints.encode(whole));

    assertThat(read).isEqualTo(Checkpoint.newBuilder(whole).setTensors(List.of()).build());
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
