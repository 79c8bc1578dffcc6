package org.gtrturbo.lineage;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.gtrturbo.events.BlobRef;
import org.gtrturbo.events.Checkpoint;
import org.gtrturbo.events.Teacher;
import org.gtrturbo.events.TeacherInput;
import org.gtrturbo.events.TeacherInputKind;
import org.gtrturbo.events.TensorRef;

/**
 * Which versions of a run keep their weights, so that a run that never ends does not fill its disk.
 * Events are never touched: lineage, ledger and chains stay whole.
 *
 * <p>Version 0 always stays, from which a replay starts and which task vectors are taken from, and
 * so does whatever a merger still has to read.
 *
 * @param keepLast how many of the newest versions stay
 * @param keepEvery every how many of the others one stays; 0 for none
 */
public record Pruning(int keepLast, int keepEvery) {
  /** A merger that has lost its state measures as many updates anew as it compares with. */
  public static final int LEAST_KEPT = 20;

  /**
   * @throws IllegalArgumentException if too few would stay for a run to go on
   */
  public Pruning {
    if (keepLast < LEAST_KEPT) {
      throw new IllegalArgumentException(
          "at least the last "
              + LEAST_KEPT
              + " versions must stay, which a merger may have to read again; got "
              + keepLast);
    }
    if (keepEvery < 0) {
      throw new IllegalArgumentException("every how many one stays cannot be " + keepEvery);
    }
  }

  /**
   * @param versions whose checkpoints and teachers lose their weights
   * @param blobs that only those point at
   */
  public record Plan(SortedSet<Long> versions, List<BlobRef> blobs) {}

  /**
   * What goes.
   *
   * @param checkpoints all of the run
   * @param teachers all of the run
   * @param streams of teachers that are merged on
   */
  public Plan of(List<Checkpoint> checkpoints, List<Teacher> teachers, Set<String> streams) {
    long settled = settled(checkpoints, teachers, streams);
    SortedSet<Long> versions = new TreeSet<>();
    Map<String, BlobRef> blobs = new HashMap<>();
    for (Checkpoint checkpoint : checkpoints) {
      if (!stays(checkpoint.getVersion(), settled)) {
        versions.add(checkpoint.getVersion());
        weights(checkpoint).forEach(blob -> blobs.put(blob.getSha256(), blob));
      }
    }
    for (Teacher teacher : teachers) {
      if (!stays(teacher.getVersion(), settled)) {
        versions.add(teacher.getVersion());
        weights(teacher).forEach(blob -> blobs.put(blob.getSha256(), blob));
      }
    }
    // Content has one blob, however many versions point at it.
    checkpoints.stream()
        .filter(checkpoint -> stays(checkpoint.getVersion(), settled))
        .flatMap(Pruning::weights)
        .forEach(blob -> blobs.remove(blob.getSha256()));
    teachers.stream()
        .filter(teacher -> stays(teacher.getVersion(), settled))
        .flatMap(Pruning::weights)
        .forEach(blob -> blobs.remove(blob.getSha256()));
    return new Plan(versions, List.copyOf(blobs.values()));
  }

  private boolean stays(long version, long settled) {
    return version == 0
        || version > settled - keepLast
        || (keepEvery > 0 && version % keepEvery == 0);
  }

  /** The newest version that no merger has to read any more. */
  private static long settled(
      List<Checkpoint> checkpoints, List<Teacher> teachers, Set<String> streams) {
    long settled = checkpoints.stream().mapToLong(Checkpoint::getVersion).max().orElse(0);
    Map<String, Teacher> newest = new HashMap<>();
    for (Teacher teacher : teachers) {
      // On the topic what counts comes last, whatever its revision.
      newest.put(teacher.getStream(), teacher);
    }
    for (Map.Entry<String, Teacher> stream : newest.entrySet()) {
      if (streams.contains(stream.getKey())) {
        settled = Math.min(settled, oldestRead(stream.getValue()));
      }
    }
    return settled;
  }

  /** Rules over a window name in their teacher all that they look at again. */
  private static long oldestRead(Teacher teacher) {
    return teacher.getInputs().stream()
        .filter(input -> input.getKind() == TeacherInputKind.CHECKPOINT && input.getVersion() > 0)
        .mapToLong(TeacherInput::getVersion)
        .min()
        .orElse(teacher.getVersion());
  }

  private static Stream<BlobRef> weights(Checkpoint checkpoint) {
    return Stream.concat(chunks(checkpoint.getTensors()), chunks(checkpoint.getOptimizer()));
  }

  private static Stream<BlobRef> weights(Teacher teacher) {
    Stream<BlobRef> sums =
        teacher.getSums().orElse(List.of()).stream().flatMap(sum -> sum.getShards().stream());
    Stream<BlobRef> onnx = Stream.of(teacher.getOnnx()).filter(blob -> !blob.getSha256().isEmpty());
    return Stream.of(chunks(teacher.getTensors()), sums, onnx).flatMap(each -> each);
  }

  private static Stream<BlobRef> chunks(List<TensorRef> tensors) {
    return tensors.stream().flatMap(tensor -> tensor.getChunks().stream());
  }
}
