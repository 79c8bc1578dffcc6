package org.gtrturbo.policy.graph;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Nodes, in the order in which they run, cut into parts that make about as much each, where little
 * is handed on.
 */
final class Segments {
  private final List<Node> nodes;
  private final Map<Node, Integer> segments = new HashMap<>();
  private final Set<Value> kept = new HashSet<>();

  private Segments(List<Node> nodes) {
    this.nodes = nodes;
  }

  static Segments of(List<Node> nodes, int count) {
    Segments cut = new Segments(List.copyOf(nodes));
    List<Integer> cuts = cut.cuts(count);
    int segment = 0;
    for (int place = 0; place < nodes.size(); place++) {
      while (segment < cuts.size() && place > cuts.get(segment)) {
        segment++;
      }
      cut.segments.put(nodes.get(place), segment);
    }
    cut.keep();
    return cut;
  }

  List<Node> nodes() {
    return nodes;
  }

  Optional<Integer> of(Node node) {
    return Optional.ofNullable(segments.get(node));
  }

  int last() {
    return nodes.isEmpty() ? 0 : segments.getOrDefault(nodes.getLast(), 0);
  }

  /** Whether another segment reads {@code value}, or it is of the last, which needs no copies. */
  boolean keeps(Value value) {
    return kept.contains(value);
  }

  private void keep() {
    Map<Value, Integer> madeIn = new HashMap<>();
    for (Node node : nodes) {
      int segment = segments.getOrDefault(node, 0);
      for (Value input : node.inputs()) {
        if (madeIn.getOrDefault(input, segment) != segment) {
          kept.add(input);
        }
      }
      node.outputs().forEach(output -> madeIn.put(output, segment));
      if (segment == last()) {
        kept.addAll(node.outputs());
      }
    }
  }

  /** Behind which nodes to cut: near even shares of what is made, there where least is live. */
  private List<Integer> cuts(int count) {
    long[] made = new long[nodes.size()];
    long[] live = live();
    long total = 0;
    for (int place = 0; place < made.length; place++) {
      total += size(nodes.get(place));
      made[place] = total;
    }
    List<Integer> cuts = new ArrayList<>();
    for (int cut = 1; cut < count; cut++) {
      double target = (double) total * cut / count;
      double reach = (double) total / count / 2;
      int after = cuts.isEmpty() ? -1 : cuts.getLast();
      int best = -1;
      for (int place = after + 1; place < made.length - 1; place++) {
        double away = Math.abs(made[place] - target);
        if (away <= reach && (best < 0 || better(live, made, target, place, best))) {
          best = place;
        }
      }
      if (best >= 0) {
        cuts.add(best);
      }
    }
    return cuts;
  }

  private static boolean better(long[] live, long[] made, double target, int place, int best) {
    if (live[place] != live[best]) {
      return live[place] < live[best];
    }
    return Math.abs(made[place] - target) < Math.abs(made[best] - target);
  }

  /** Behind each node, how many elements are made already and read still. */
  private long[] live() {
    Map<Value, Integer> lastRead = new HashMap<>();
    Map<Value, Integer> madeAt = new HashMap<>();
    for (int place = 0; place < nodes.size(); place++) {
      for (Value input : nodes.get(place).inputs()) {
        lastRead.put(input, place);
      }
      for (Value output : nodes.get(place).outputs()) {
        madeAt.put(output, place);
      }
    }
    long[] live = new long[nodes.size()];
    madeAt.forEach(
        (value, made) -> {
          for (int place = made; place < lastRead.getOrDefault(value, made); place++) {
            live[place] += size(value);
          }
        });
    return live;
  }

  private static long size(Node node) {
    return node.outputs().stream().mapToLong(Segments::size).sum();
  }

  private static long size(Value value) {
    long size = 1;
    for (long dimension : value.shape().toArray()) {
      size *= dimension == Shape.DYNAMIC ? 1 : dimension;
    }
    return size;
  }
}
