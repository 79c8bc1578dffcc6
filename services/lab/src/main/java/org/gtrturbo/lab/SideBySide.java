package org.gtrturbo.lab;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/** Tasks on several threads, their results in the order of the tasks. */
final class SideBySide {
  private SideBySide() {}

  /**
   * Returns when all have ended.
   *
   * @param what each of them is, for the message: "an evaluation", say
   * @throws IllegalStateException with the cause of the first that failed
   */
  static <T> List<T> run(String what, List<Callable<T>> tasks, int threads) {
    try (var pool = Executors.newFixedThreadPool(threads)) {
      List<T> results = new ArrayList<>();
      for (Future<T> task : pool.invokeAll(tasks)) {
        results.add(task.get());
      }
      return results;
    } catch (ExecutionException failed) {
      throw new IllegalStateException(what + " failed: " + failed.getCause(), failed.getCause());
    } catch (InterruptedException stopped) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(what + " was interrupted", stopped);
    }
  }
}
