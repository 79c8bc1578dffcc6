package org.gtrturbo.policy.graph;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.gtrturbo.policy.device.Compute;
import org.gtrturbo.policy.device.OnnxRuntime;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Threads that run a model at once do not wait for each other, and one that is alone needs one. */
@Timeout(60)
class CallerSessionsTest {
  private int opened;

  @Test
  void oneThreadAfterTheOtherNeedsOneSession() throws Exception {
    try (var sessions = new CallerSessions(this::open, 4)) {
      OrtSession first = sessions.run(session -> session);
      OrtSession second = sessions.run(session -> session);

      assertThat(second).isSameAs(first);
      assertThat(sessions.count()).isEqualTo(1);
    }
  }

  @Test
  void threadsAtOnceHaveOneEachAndNoMoreIsOpenedForThoseThatComeLater() throws Exception {
    try (var sessions = new CallerSessions(this::open, 4)) {
      assertThat(new HashSet<>(atOnce(sessions, 3))).hasSize(3);
      assertThat(new HashSet<>(atOnce(sessions, 3))).hasSize(3);
      assertThat(sessions.count()).isEqualTo(3);
      assertThat(opened).isEqualTo(3);
    }
  }

  @Test
  void threadsBeyondTheLimitShare() throws Exception {
    try (var sessions = new CallerSessions(this::open, 2)) {
      List<OrtSession> used = atOnce(sessions, 5);

      assertThat(used).hasSize(5);
      assertThat(Set.copyOf(used)).hasSize(2);
      assertThat(opened).isEqualTo(2);
    }
  }

  @Test
  void aSessionIsFreeAgainWhereItsWorkFails() throws Exception {
    try (var sessions = new CallerSessions(this::open, 4)) {
      CallerSessions.Work<Integer> failing =
          _ -> {
            throw new IllegalStateException("no");
          };
      assertThatThrownBy(() -> sessions.run(failing)).hasMessage("no");

      assertThat(sessions.run(OrtSession::getNumInputs)).isEqualTo(1);
      assertThat(sessions.count()).isEqualTo(1);
    }
  }

  /** The sessions of so many threads, none of which ends its work before all have begun it. */
  private static List<OrtSession> atOnce(CallerSessions sessions, int threads) throws Exception {
    var all = new CyclicBarrier(threads);
    Callable<OrtSession> working =
        () ->
            sessions.run(
                session -> {
                  await(all);
                  return session;
                });
    try (var pool = Executors.newFixedThreadPool(threads)) {
      List<Future<OrtSession>> begun = new ArrayList<>();
      for (int thread = 0; thread < threads; thread++) {
        begun.add(pool.submit(working));
      }
      List<OrtSession> used = new ArrayList<>();
      for (Future<OrtSession> each : begun) {
        used.add(each.get());
      }
      return used;
    }
  }

  private static void await(CyclicBarrier barrier) {
    try {
      barrier.await();
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }

  private OrtSession open() {
    opened++;
    Graph graph = new Graph(DataType.FLOAT);
    graph.output("y", graph.operators().exp(graph.input("x", DataType.FLOAT, 2)));
    try (var options = OnnxRuntime.options(Compute.cpu(1))) {
      return OnnxRuntime.environment()
          .createSession(OnnxModel.write(graph, "exp", Map.of()), options);
    } catch (OrtException e) {
      throw new IllegalStateException(e);
    }
  }
}
