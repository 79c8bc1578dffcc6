package org.gtrturbo.benchmarks;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

@Command(
    name = "merge-ties",
    description = {
      "TIES of five checkpoints, from files to a file, against the usual batch algorithm in",
      "PyTorch: a full sort for each trim and all differences stacked. Time, and peak memory",
      "against the size of one checkpoint. Results that differ end in 1."
    })
final class MergeTiesCommand implements Callable<Integer> {
  private static final int CHECKPOINTS = 5;

  /** By default it is a matrix of 4096 by 4096, as large models are made of. */
  private static final int TENSORS = 1;

  private static final double SAME = 1e-5;

  /** Of equal magnitudes at a threshold the peer keeps some, and this project all. */
  private static final double MOST_DIFFERING = 1e-3;

  private static final int WARM_UP = 5;

  @Mixin private MergeOptions options = new MergeOptions();

  @Override
  public Integer call() {
    List<Ratio> ratios = new ArrayList<>();
    double difference = 0;
    try (TemporaryFolder folder = TemporaryFolder.create()) {
      MergeCase merged = MergeCase.write(folder.path(), options.parameters(), TENSORS, CHECKPOINTS);
      for (int threads : options.threads()) {
        try (Contestant own = options.own(merged, threads);
            Contestant peer = options.pyTorch(merged, threads, PeerOptions.Aim.SPEED)) {
          ratios.addAll(measure(merged, threads, own, peer));
          difference = Math.max(difference, difference(folder.path()));
        }
      }
    }
    System.out.printf(
        "share of elements that differ from the peer's by more than %.0e: %.2e%n",
        SAME, difference);
    ratios.forEach(ratio -> System.out.println(ratio.json()));
    return difference <= MOST_DIFFERING ? 0 : 1;
  }

  private List<Ratio> measure(MergeCase merged, int threads, Contestant own, Contestant peer) {
    String name = "merge-ties-" + threads + "-threads";
    List<Double> ours = new ArrayList<>();
    List<Double> theirs = new ArrayList<>();
    for (int round = 0; round < WARM_UP; round++) {
      own.ask("ties");
    }
    for (int round = 0; round < options.rounds(); round++) {
      JsonNode mine = own.ask("ties");
      JsonNode other = peer.ask("ties");
      ours.add(mine.path("seconds").asDouble());
      theirs.add(other.path("seconds").asDouble());
    }
    double checkpoint = merged.parameters() * (double) Float.BYTES;
    double memory = own.ask("memory").path("peakBytes").asDouble();
    System.out.printf(
        "%s: %.2f s, peer %.2f s; peak MiB %.0f, peer %.0f, one checkpoint %.0f%n",
        name,
        middle(ours),
        middle(theirs),
        memory / (1 << 20),
        peer.ask("memory").path("peakBytes").asDouble() / (1 << 20),
        checkpoint / (1 << 20));
    return List.of(
        Ratio.of(name, "merges a second", peer.name(), theirs, ours),
        Ratio.of(
            name + "-memory",
            "peak resident memory",
            "one checkpoint",
            List.of(memory),
            List.of(checkpoint)));
  }

  private static double middle(List<Double> values) {
    return values.stream().sorted().toList().get(values.size() / 2);
  }

  private static double difference(Path folder) {
    try (var own = FileChannel.open(folder.resolve("own.f32"));
        var peer = FileChannel.open(folder.resolve("peer.f32"))) {
      ByteBuffer left = own.map(FileChannel.MapMode.READ_ONLY, 0, own.size());
      ByteBuffer right = peer.map(FileChannel.MapMode.READ_ONLY, 0, own.size());
      left.order(ByteOrder.LITTLE_ENDIAN);
      right.order(ByteOrder.LITTLE_ENDIAN);
      long differing = 0;
      for (int at = 0; at < left.capacity(); at += Float.BYTES) {
        if (Math.abs(left.getFloat(at) - right.getFloat(at)) > SAME) {
          differing++;
        }
      }
      return (double) differing * Float.BYTES / left.capacity();
    } catch (IOException e) {
      throw new UncheckedIOException("the results cannot be compared", e);
    }
  }
}
