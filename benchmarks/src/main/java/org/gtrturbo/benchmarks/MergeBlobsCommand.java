package org.gtrturbo.benchmarks;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

@Command(
    name = "merge-blobs",
    description = {
      "EMA of one checkpoint from blob to blob in the page cache, both inputs verified by SHA-256",
      "and the result hashed: against hashing as many bytes alone on the same cores, read from",
      "blobs or at hand, and against PyTorch's load, lerp and save, which verifies nothing. Then",
      "the same with a teacher that this process wrote itself and does not hash again."
    })
final class MergeBlobsCommand implements Callable<Integer> {
  private static final int TENSORS = 4;

  @Mixin private MergeOptions options = new MergeOptions();

  @Override
  public Integer call() {
    List<Ratio> ratios = new ArrayList<>();
    try (TemporaryFolder folder = TemporaryFolder.create()) {
      MergeCase merged = MergeCase.write(folder.path(), options.parameters(), TENSORS, 1);
      for (int threads : options.threads()) {
        try (Contestant own = options.own(merged, threads);
            Contestant peer = options.pyTorch(merged, threads, PeerOptions.Aim.SPEED)) {
          ratios.addAll(measure(threads, own, peer));
        }
      }
    }
    ratios.forEach(ratio -> System.out.println(ratio.json()));
    return 0;
  }

  private List<Ratio> measure(int threads, Contestant own, Contestant peer) {
    List<String> commands = List.of("ema", "ema-own", "hash-3-blobs", "hash-2-blobs", "hash");
    Map<String, List<Double>> seconds = new LinkedHashMap<>();
    List<Double> theirs = new ArrayList<>();
    for (int round = -2; round < options.rounds(); round++) {
      Map<String, Double> ours = new HashMap<>();
      commands.forEach(command -> ours.put(command, own.ask(command).path("seconds").asDouble()));
      double other = peer.ask("lerp").path("seconds").asDouble();
      if (round >= 0) {
        ours.forEach((command, each) -> list(seconds, command).add(each));
        theirs.add(other);
      }
    }
    String name = "merge-blobs-" + threads + "-threads";
    System.out.printf("%s, seconds: %s, peer %s%n", name, seconds, theirs);
    String unit = "checkpoints a second";
    List<Double> both = list(seconds, "ema");
    List<Double> kept = list(seconds, "ema-own");
    String theirName = peer.name() + " load, lerp, save";
    return List.of(
        Ratio.of(name, unit, "SHA-256 of the same blobs", list(seconds, "hash-3-blobs"), both),
        Ratio.of(name, unit, "SHA-256 of bytes in a core's cache", list(seconds, "hash"), both),
        Ratio.of(name, unit, theirName, theirs, both),
        Ratio.of(
            name + "-own-teacher",
            unit,
            "SHA-256 of the same blobs",
            list(seconds, "hash-2-blobs"),
            kept),
        Ratio.of(name + "-own-teacher", unit, theirName, theirs, kept));
  }

  private static List<Double> list(Map<String, List<Double>> seconds, String command) {
    return seconds.computeIfAbsent(command, _ -> new ArrayList<>());
  }
}
