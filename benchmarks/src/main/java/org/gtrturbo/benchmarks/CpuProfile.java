package org.gtrturbo.benchmarks;

import com.sun.management.OperatingSystemMXBean;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.time.Duration;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import jdk.jfr.Recording;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordedStackTrace;
import jdk.jfr.consumer.RecordingFile;

/**
 * What the CPU time of this process goes to, from {@link #start} to {@link #stop}: Java threads by
 * JDK Flight Recorder's CPU-time sampling (JEP 509), the Java machine's own threads as the system
 * counts them.
 */
final class CpuProfile {
  private static final String SAMPLE = "jdk.CPUTimeSample";
  private static final String LOST = "jdk.CPUTimeSamplesLost";

  private final Duration period;
  private final Recording recording;
  private final MachineThreads threadsBefore;
  private final double processBefore;

  /**
   * CPU seconds.
   *
   * @param process all that the process used
   * @param java of Java threads by what they did, as sampled
   * @param unknown of Java threads whose stack could not be read
   * @param machine of the Java machine's own threads
   */
  record Seconds(
      double process,
      Map<Activity, Double> java,
      double unknown,
      Map<MachineThreads.Work, Double> machine) {

    /** What is neither Java's nor its machine's: threads of native libraries, ONNX Runtime's. */
    double rest() {
      return process - unknown - sum(java) - sum(machine);
    }

    private static double sum(Map<?, Double> parts) {
      return parts.values().stream().mapToDouble(Double::doubleValue).sum();
    }
  }

  private CpuProfile(Duration period) {
    this.period = period;
    this.recording = new Recording();
    // What is not asked for by name stays off: a recording starts with no events of its own.
    recording.enable(SAMPLE).with("throttle", period.toMillis() + "ms");
    recording.enable(LOST);
    recording.start();
    this.threadsBefore = MachineThreads.read();
    this.processBefore = processSeconds();
  }

  /**
   * @param period of CPU time, after which a thread's stack is looked at again
   */
  static CpuProfile start(Duration period) {
    return new CpuProfile(period);
  }

  /**
   * Ends the profile.
   *
   * @param file that the recording is written to
   */
  Seconds stop(Path file) {
    double process = processSeconds() - processBefore;
    MachineThreads threads = MachineThreads.read();
    recording.stop();
    Map<MachineThreads.Work, Double> machine = new EnumMap<>(MachineThreads.Work.class);
    for (MachineThreads.Work work : MachineThreads.Work.values()) {
      machine.put(work, threads.secondsSince(threadsBefore, work));
    }
    try (recording) {
      recording.dump(file);
      return new Samples(period).read(file).seconds(process, machine);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot write or read the recording " + file, e);
    }
  }

  private static double processSeconds() {
    return ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class).getProcessCpuTime()
        / 1e9;
  }

  /** Adds samples up. */
  private static final class Samples {
    private final Duration period;
    private final Map<Activity, Double> java = new EnumMap<>(Activity.class);
    private double unknown;

    Samples(Duration period) {
      this.period = period;
    }

    Samples read(Path file) throws IOException {
      try (RecordingFile events = new RecordingFile(file)) {
        while (events.hasMoreEvents()) {
          RecordedEvent event = events.readEvent();
          switch (event.getEventType().getName()) {
            case SAMPLE -> add(event);
            case LOST -> unknown += event.getInt("lostSamples") * period.toNanos() / 1e9;
            default -> {}
          }
        }
      }
      return this;
    }

    private void add(RecordedEvent sample) {
      double seconds = sample.getDuration("samplingPeriod").toNanos() / 1e9;
      Optional<RecordedStackTrace> stack = Optional.ofNullable(sample.getStackTrace());
      if (stack.isEmpty() || sample.getBoolean("failed")) {
        unknown += seconds;
        return;
      }
      List<String> classes =
          stack.get().getFrames().stream()
              .map(frame -> frame.getMethod().getType().getName())
              .toList();
      java.merge(Activity.of(classes), seconds, Double::sum);
    }

    Seconds seconds(double process, Map<MachineThreads.Work, Double> machine) {
      return new Seconds(process, java, unknown, machine);
    }
  }
}
