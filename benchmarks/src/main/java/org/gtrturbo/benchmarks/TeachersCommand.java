package org.gtrturbo.benchmarks;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import org.gtrturbo.agents.WeightBlobs;
import org.gtrturbo.events.Checkpoint;
import org.gtrturbo.events.TopicCatalogue;
import org.gtrturbo.merger.MergerService;
import org.gtrturbo.platform.blobs.FolderBlobStore;
import org.gtrturbo.platform.broker.EmbeddedBroker;
import org.gtrturbo.platform.kafka.Cluster;
import org.gtrturbo.platform.kafka.DeadLetters;
import org.gtrturbo.platform.kafka.EventPublisher;
import org.gtrturbo.platform.kafka.TopicAdmin;
import org.gtrturbo.platform.kafka.TopicFollower;
import org.gtrturbo.platform.settings.Settings;
import org.gtrturbo.platform.settings.SettingsReader;
import org.gtrturbo.policy.Parameters;
import org.gtrturbo.policy.PolicySpec;
import org.gtrturbo.policy.VisionLanguageModel;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

@Command(
    name = "teachers",
    description = {
      "Publishes checkpoints of a policy of about 5 million parameters, one when the teacher of"
          + " the",
      "one before is there, and says how long each teacher takes from checkpoint event to teacher",
      "event, broker and merger in this process."
    })
final class TeachersCommand implements Callable<Integer> {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final Duration TEACHER_WITHIN = Duration.ofMinutes(1);

  @Option(
      names = "--checkpoints",
      defaultValue = "100",
      description = "How many are measured; default ${DEFAULT-VALUE}.")
  private int checkpoints = 100;

  @Option(
      names = "--warm-up",
      defaultValue = "20",
      description = "How many come before; default ${DEFAULT-VALUE}.")
  private int warmUp = 20;

  @Option(names = "--width", defaultValue = "256", description = "Default ${DEFAULT-VALUE}.")
  private int width = 256;

  @Option(names = "--layers", defaultValue = "6", description = "Default ${DEFAULT-VALUE}.")
  private int layers = 6;

  @Option(names = "--set", paramLabel = "SETTING=VALUE", description = "Changes a setting.")
  private List<String> overrides = new ArrayList<>();

  @Override
  public Integer call() throws InterruptedException {
    var all = new ArrayList<>(List.of("run.name=bench", "teacher.everyCheckpoints=1"));
    all.addAll(overrides);
    Settings settings = SettingsReader.read(Optional.empty(), Optional.empty(), all);
    try (TemporaryFolder folder = TemporaryFolder.create();
        EmbeddedBroker broker = EmbeddedBroker.start(folder.path().resolve("broker"))) {
      var cluster = new Cluster(broker.bootstrap());
      var blobs = new FolderBlobStore(folder.path().resolve("blobs"));
      var topics = new TopicCatalogue("bench", settings.kafka().trajectoryPartitions());
      TopicAdmin.create(cluster, topics.all());
      BlockingQueue<Long> announced = new ArrayBlockingQueue<>(1024);
      try (var publisher = cluster.publisher(topics.checkpoints(), "bench");
          var _ = MergerService.start(settings, cluster, blobs, folder.path().resolve("state"));
          var _ =
              TopicFollower.start(
                  cluster,
                  topics.teachers(),
                  "bench",
                  DeadLetters.logged("bench"),
                  event -> announced.add(event.value().getVersion()))) {
        report(measured(publisher, new WeightBlobs(blobs), announced));
      }
    }
    return 0;
  }

  private PolicySpec spec() {
    List<String> words = new ArrayList<>();
    for (int word = 0; word < 64; word++) {
      words.add("word" + word);
    }
    return new PolicySpec(
        new PolicySpec.PictureSpec(64, 64, 1, 16, 16),
        new PolicySpec.TextSpec(words, 16, 16),
        new PolicySpec.TransformerSpec(width, layers, 4, 4 * width));
  }

  private List<Double> measured(
      EventPublisher<Checkpoint> publisher, WeightBlobs blobs, BlockingQueue<Long> announced)
      throws InterruptedException {
    PolicySpec spec = spec();
    Parameters base = VisionLanguageModel.initialise(spec, 0);
    System.out.printf("%,d parameters%n", base.layout().parameters());
    List<Double> seconds = new ArrayList<>();
    for (long version = 0; version <= warmUp + checkpoints; version++) {
      Checkpoint checkpoint = checkpoint(version, spec, moved(base, version), blobs);
      long begun = System.nanoTime();
      publisher.publish("bench", checkpoint);
      publisher.flush();
      Long teacher = announced.poll(TEACHER_WITHIN.toSeconds(), TimeUnit.SECONDS);
      if (teacher == null || teacher != version) {
        throw new IllegalStateException(
            "teacher " + version + " has not come; announced was " + teacher);
      }
      if (version > warmUp) {
        seconds.add((System.nanoTime() - begun) / 1e9);
      }
    }
    return seconds;
  }

  /** Every element another one, so that every chunk is. */
  private static Parameters moved(Parameters base, long version) {
    Parameters moved = Parameters.zeros(base.layout());
    MemorySegment from = base.values();
    MemorySegment to = moved.values();
    for (long index = 0; index < base.layout().size(); index++) {
      float value = from.getAtIndex(ValueLayout.JAVA_FLOAT, index);
      to.setAtIndex(ValueLayout.JAVA_FLOAT, index, value + version * 1e-4f);
    }
    return moved;
  }

  private static Checkpoint checkpoint(
      long version, PolicySpec spec, Parameters parameters, WeightBlobs blobs) {
    return Checkpoint.newBuilder()
        .setRun("bench")
        .setVersion(version)
        .setHash("checkpoint-" + version)
        .setParentHash(version == 0 ? "" : "checkpoint-" + (version - 1))
        .setSettingsHash("")
        .setPolicy(blobs.storeSpec(spec))
        .setTensors(blobs.storeParameters(parameters))
        .setOptimizer(List.of())
        .setOptimizerSteps(version)
        .setTurnsTrained(version)
        .setBatch(List.of())
        .setProgress(List.of())
        .setConsumed(List.of())
        .setLosses(Map.of())
        .setCreatedAt(Instant.now())
        .build();
  }

  private static void report(List<Double> seconds) {
    List<Double> sorted = new ArrayList<>(seconds);
    Collections.sort(sorted);
    Map<String, Object> line = new LinkedHashMap<>();
    line.put("name", "teacher-after-checkpoint");
    line.put("median", quantile(sorted, 0.5));
    line.put("p99", quantile(sorted, 0.99));
    line.put("min", sorted.getFirst());
    line.put("max", sorted.getLast());
    line.put("unit", "s");
    line.put("runs", sorted.size());
    try {
      System.out.println(JSON.writeValueAsString(line));
    } catch (JsonProcessingException impossible) {
      throw new IllegalStateException("figures could not be written as JSON", impossible);
    }
  }

  /** The least of which at least this part is no more. */
  private static double quantile(List<Double> sorted, double part) {
    return sorted.get((int) Math.ceil(part * sorted.size()) - 1);
  }
}
