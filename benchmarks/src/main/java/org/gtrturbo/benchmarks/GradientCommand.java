package org.gtrturbo.benchmarks;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.DoubleBuffer;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

@Command(
    name = "gradient",
    description = {
      "The gradient of the whole loss by every parameter against PyTorch's in double precision:",
      "‖difference‖ / ‖gradient‖. More than 1e-4 is an error."
    })
final class GradientCommand implements Callable<Integer> {
  private static final double MOST = 1e-4;

  @Mixin private PeerOptions options = new PeerOptions();

  @Override
  public Integer call() throws IOException {
    List<String> figures = new ArrayList<>();
    boolean right = true;
    for (ComparedCase compared : options.cases()) {
      try (TemporaryFolder folder = TemporaryFolder.create()) {
        Contest.prepare(folder.path(), compared, options.settings());
        try (Contestant own = options.own(folder.path(), compared, 1);
            Contestant peer =
                options.pyTorch(
                    folder.path(), 1, PeerOptions.Aim.SPEED, "train", "explicit,foreach")) {
          own.ask("gradient");
          peer.ask("gradient");
          double error = error(folder.path());
          right &= error <= MOST;
          figures.add(
              "{\"name\":\"gradient-%s\",\"relativeError\":%.2e,\"peer\":\"%s, float64\"}"
                  .formatted(compared.name(), error, peer.name()));
        }
      }
    }
    figures.forEach(System.out::println);
    return right ? 0 : 1;
  }

  private static double error(Path folder) throws IOException {
    FloatBuffer own = read(folder.resolve("gradient.f32")).asFloatBuffer();
    DoubleBuffer exact = read(folder.resolve("gradient.f64")).asDoubleBuffer();
    double error = 0;
    double size = 0;
    for (int index = 0; index < exact.remaining(); index++) {
      error += Math.pow(own.get(index) - exact.get(index), 2);
      size += Math.pow(exact.get(index), 2);
    }
    return Math.sqrt(error / size);
  }

  private static ByteBuffer read(Path file) throws IOException {
    return ByteBuffer.wrap(Files.readAllBytes(file)).order(ByteOrder.LITTLE_ENDIAN);
  }
}
