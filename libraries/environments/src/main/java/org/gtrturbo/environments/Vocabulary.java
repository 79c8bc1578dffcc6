package org.gtrturbo.environments;

import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * The words of {@link Rendering#SMALL}, one list for all environments: a policy that learned one
 * environment can go on with another. Words are only ever added at the end.
 */
final class Vocabulary {

  static final String ACT = "<act>";
  static final String EMPTY = "empty";

  static final List<String> WORDS =
      Stream.of(
              Stream.of("<pad>", "<bos>", "<img>", ACT),
              Stream.of("cards", "sofar", "rest", ".", "target", "current", "task", EMPTY),
              IntStream.rangeClosed(0, 10).mapToObj(Integer::toString),
              Stream.of("+", "-", "*", "/", "(", ")", "="),
              Stream.of("J", "Q", "K", "A"),
              Stream.of("stand", "hit", "player", "dealer", "sum", "soft"))
          .flatMap(words -> words)
          .toList();

  private Vocabulary() {}
}
