package org.gtrturbo.cli;

import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;

/**
 * What a run is made of while it goes; that one of them ends, ends the run.
 *
 * @param parts in the order in which they are asked for a failure: those that others depend on
 *     first
 */
record RunParts(List<Part> parts) {
  RunParts {
    parts = List.copyOf(parts);
  }

  /**
   * One of them.
   *
   * @param ended completes when it has ended, exceptionally when it has failed
   * @param throwIfFailed throws what ended it, in its own words
   */
  record Part(CompletableFuture<?> ended, Runnable throwIfFailed) {}

  /**
   * Returns when the first part has ended well or stopping is asked for; throws what any part says
   * of its failure.
   */
  void awaitFirstEnd(CompletableFuture<?> stop) {
    var all = Stream.concat(Stream.of(stop), parts.stream().map(Part::ended));
    // Whose failure it is, the parts themselves say with more words.
    CompletableFuture.anyOf(all.toArray(CompletableFuture[]::new)).handle((_, _) -> true).join();
    parts.forEach(part -> part.throwIfFailed().run());
  }
}
