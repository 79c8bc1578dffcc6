package org.gtrturbo.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

/** The innermost frame that is somebody's own decides what a stack was doing. */
class ActivityTest {
  @Test
  void aCallIntoTheRuntimeIsThePolicysWhoeverCallsIt() {
    assertThat(
            Activity.of(
                List.of(
                    "ai.onnxruntime.OrtSession",
                    "org.gtrturbo.policy.Generator",
                    "org.gtrturbo.actor.ActorWorker",
                    "java.lang.Thread")))
        .isEqualTo(Activity.ONNX_RUNTIME);
  }

  @Test
  void theJdksOwnWorkIsItsCallers() {
    assertThat(
            Activity.of(
                List.of(
                    "sun.nio.ch.FileDispatcherImpl",
                    "java.nio.channels.FileChannel",
                    "org.apache.kafka.common.record.FileRecords",
                    "org.apache.kafka.server.log.Log")))
        .isEqualTo(Activity.KAFKA);
    assertThat(
            Activity.of(
                List.of(
                    "sun.security.provider.SHA2",
                    "org.gtrturbo.platform.blobs.FolderBlobStore",
                    "org.gtrturbo.learner.Checkpoints")))
        .isEqualTo(Activity.BLOBS);
  }

  @Test
  void whatTheMergerDoesOnAThreadOfKafkaStreamsIsNotKafkas() {
    assertThat(
            Activity.of(
                List.of(
                    "org.gtrturbo.merger.WeightVectors",
                    "org.gtrturbo.merger.MergeProcessor",
                    "org.apache.kafka.streams.processor.internals.StreamThread")))
        .isEqualTo(Activity.OTHER);
  }

  @Test
  void anEventThatIsEncodedIsKafkasThoughAnActorAsksForIt() {
    assertThat(
            Activity.of(
                List.of(
                    "java.io.ByteArrayOutputStream",
                    "org.apache.avro.io.BinaryEncoder",
                    "org.gtrturbo.events.EventCodec",
                    "org.gtrturbo.actor.ActorService")))
        .isEqualTo(Activity.KAFKA);
  }

  @Test
  void aStackOfTheJdkAloneIsOtherJava() {
    assertThat(Activity.of(List.of("java.lang.Object", "java.lang.Thread")))
        .isEqualTo(Activity.OTHER);
  }
}
