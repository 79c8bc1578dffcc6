package org.gtrturbo.benchmarks;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

@Command(
    name = "merge-blobs",
    description = {
      "EMA of one checkpoint from blob to blob in the page cache, both inputs verified by SHA-256",
      "and the result hashed: against hashing as many bytes alone on the same cores, read from",
      "blobs or at hand, and against PyTorch's load, lerp and save, which verifies nothing."
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
            Contestant peer = options.pyTorch(merged, threads)) {
          ratios.addAll(measure(threads, own, peer));
        }
      }
    }
    ratios.forEach(ratio -> System.out.println(ratio.json()));
    return 0;
  }

  private List<Ratio> measure(int threads, Contestant own, Contestant peer) {
    String name = "merge-blobs-" + threads + "-threads";
    List<Double> ours = new ArrayList<>();
    List<Double> blobs = new ArrayList<>();
    List<Double> hashes = new ArrayList<>();
    List<Double> theirs = new ArrayList<>();
    for (int round = -2; round < options.rounds(); round++) {
      double seconds = own.ask("ema").path("seconds").asDouble();
      double reading = own.ask("hash-blobs").path("seconds").asDouble();
      double hashing = own.ask("hash").path("seconds").asDouble();
      double other = peer.ask("lerp").path("seconds").asDouble();
      if (round >= 0) {
        ours.add(seconds);
        blobs.add(reading);
        hashes.add(hashing);
        theirs.add(other);
      }
    }
    System.out.printf("%s, seconds: %s, hash alone %s, peer %s%n", name, ours, hashes, theirs);
    return List.of(
        Ratio.of(name, "checkpoints a second", "SHA-256 of the same blobs", blobs, ours),
        Ratio.of(name, "checkpoints a second", "SHA-256 of bytes in a core's cache", hashes, ours),
        Ratio.of(name, "checkpoints a second", peer.name() + " load, lerp, save", theirs, ours));
  }
}
