package org.gtrturbo.policy.training;

import ai.onnxruntime.OnnxTensor;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executor;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.gtrturbo.policy.Parameters;
import org.gtrturbo.policy.device.Compute;
import org.gtrturbo.policy.graph.DataType;
import org.gtrturbo.policy.graph.OnnxSession;

/**
 * Steps whose gradients several threads compute side by side, each of a share of the minibatch in a
 * session of its own. Threads that share operators wake each other hundreds of times a step; these
 * meet once. Shares are added up in their order, so what a step gives depends on how many there are
 * and not on which is ready first.
 */
final class SharedSteps implements TrainingRuntime.CarryingModel {

  /**
   * @param share computes one worker's gradients: {@link TrainingGraph#writeShare}
   * @param move takes a step by all of them: {@link TrainingGraph#writeMove}
   * @param carried by the input of {@code move} that takes a vector, the output that replaces it
   * @param shared outputs of {@code share}, which {@code move} takes of each worker
   */
  record Models(
      byte[] share,
      byte[] move,
      SequencedMap<String, String> carried,
      List<String> shared,
      int workers) {}

  private final Models models;
  private final List<OnnxSession> shares = new ArrayList<>();
  private final OnnxSession move;
  private final ThreadPoolExecutor others;

  /**
   * @param compute of each worker
   */
  SharedSteps(Models models, Compute compute) {
    this.models = models;
    this.move = OnnxSession.open(models.move(), compute);
    this.others =
        new ThreadPoolExecutor(
            models.workers() - 1,
            models.workers() - 1,
            0,
            TimeUnit.SECONDS,
            new LinkedBlockingQueue<>(),
            Thread.ofPlatform().daemon().name("training-", 1).factory());
    try {
      for (int worker = 0; worker < models.workers(); worker++) {
        shares.add(OnnxSession.open(models.share(), compute));
      }
      // Once a step has begun, none of them may fail to start.
      others.prestartAllCoreThreads();
    } catch (RuntimeException | Error failed) {
      close();
      throw failed;
    }
  }

  @Override
  public TrainingRuntime.Outcome run(
      Map<String, OnnxTensor> inputs, Map<String, Parameters> state) {
    try (Walk walk = new Walk(inputs)) {
      walk.hand(state);
      long steps = walk.steps();
      for (long step = 0; step < steps; step++) {
        walk.step(step);
      }
      return walk.outcome(state);
    }
  }

  /** From the first step of an update to its last. */
  private final class Walk implements AutoCloseable {
    private final Map<String, OnnxTensor> now = new HashMap<>();
    private final List<OnnxTensor> handedOver = new ArrayList<>();
    private final List<float[]> lines = new ArrayList<>();
    // Of the step before, whose vectors are read until the next one is taken.
    private final List<OnnxSession.Outputs> moved = new ArrayList<>(2);

    Walk(Map<String, OnnxTensor> inputs) {
      now.putAll(inputs);
    }

    void hand(Map<String, Parameters> state) {
      state.forEach(
          (name, vector) -> {
            OnnxTensor tensor = HostRuntime.tensor(vector);
            handedOver.add(tensor);
            now.put(name, tensor);
          });
    }

    long steps() {
      return input(TrainingGraph.ROWS).getInfo().getShape()[0];
    }

    private OnnxTensor input(String name) {
      OnnxTensor tensor = now.get(name);
      if (tensor == null) {
        throw new IllegalArgumentException("there is no " + name + " among " + now.keySet());
      }
      return tensor;
    }

    void step(long step) {
      List<OnnxSession.Outputs> computed = new ArrayList<>();
      try (OnnxTensor turn = number(step)) {
        Map<String, OnnxTensor> inputs = new HashMap<>(now);
        inputs.put(TrainingGraph.TURN, turn);
        computed.addAll(sideBySide(inputs));
        for (int worker = 0; worker < computed.size(); worker++) {
          for (String output : models.shared()) {
            inputs.put(TrainingGraph.ofWorker(output, worker), computed.get(worker).tensor(output));
          }
        }
        moved.add(run(move, inputs));
      } finally {
        computed.forEach(OnnxSession.Outputs::close);
      }
      OnnxSession.Outputs newest = moved.getLast();
      models.carried().forEach((input, output) -> now.put(input, newest.tensor(output)));
      lines.add(newest.floats(TrainingRuntime.REPORT));
      if (moved.size() > 1) {
        moved.removeFirst().close();
      }
    }

    TrainingRuntime.Outcome outcome(Map<String, Parameters> before) {
      Map<String, Parameters> after = new HashMap<>();
      models
          .carried()
          .forEach(
              (input, output) -> {
                if (before.containsKey(input)) {
                  after.put(
                      input,
                      Parameters.of(
                          TrainingRuntime.Outcome.vector(before, input).layout(),
                          moved.getLast().floats(output)));
                }
              });
      int width = lines.getFirst().length;
      float[] report = new float[width * lines.size()];
      for (int line = 0; line < lines.size(); line++) {
        System.arraycopy(lines.get(line), 0, report, line * width, width);
      }
      return new TrainingRuntime.Outcome(after, report);
    }

    @Override
    public void close() {
      moved.forEach(OnnxSession.Outputs::close);
      handedOver.forEach(OnnxTensor::close);
    }
  }

  /**
   * What each worker computes, in their order; the first one's is computed by the caller. Waits for
   * all of them whatever happens, as they read the inputs.
   */
  private List<OnnxSession.Outputs> sideBySide(Map<String, OnnxTensor> inputs) {
    List<CompletableFuture<OnnxSession.Outputs>> begun = new ArrayList<>();
    for (int worker = models.workers() - 1; worker >= 0; worker--) {
      int of = worker;
      Executor on = worker == 0 ? Runnable::run : others;
      begun.addFirst(CompletableFuture.supplyAsync(() -> share(of, inputs), on));
    }
    try {
      CompletableFuture.allOf(begun.toArray(CompletableFuture<?>[]::new)).join();
      return begun.stream().map(CompletableFuture::join).toList();
    } catch (CompletionException failed) {
      begun.stream()
          .filter(each -> !each.isCompletedExceptionally())
          .forEach(each -> each.join().close());
      throw failed.getCause() instanceof RuntimeException cause ? cause : failed;
    }
  }

  private OnnxSession.Outputs share(int worker, Map<String, OnnxTensor> inputs) {
    try (OnnxTensor number = number(worker)) {
      Map<String, OnnxTensor> own = new HashMap<>(inputs);
      own.put(TrainingGraph.WORKER, number);
      return run(shares.get(worker), own);
    }
  }

  /** Of the inputs those that the model has. */
  private static OnnxSession.Outputs run(OnnxSession session, Map<String, OnnxTensor> inputs) {
    inputs.keySet().retainAll(session.inputs());
    return session.run(inputs);
  }

  private static OnnxTensor number(long number) {
    ByteBuffer buffer = TrainingLoop.direct(Long.BYTES);
    return OnnxSession.tensor(buffer.putLong(0, number), DataType.INT64);
  }

  @Override
  public void close() {
    others.close();
    move.close();
    shares.forEach(OnnxSession::close);
  }
}
