package org.gtrturbo.benchmarks;

import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@Command(
    name = "update",
    description = {
      "The policy alone, without Kafka and environments: turns generated, scored and trained on,",
      "with one thread and with two."
    })
final class UpdateCommand implements Callable<Integer> {
  private static final List<Integer> THREADS = List.of(1, 2);

  @Mixin private MeasuredSettings options = new MeasuredSettings();

  @Option(
      names = "--repetitions",
      defaultValue = "9",
      description = "How often each is measured; default ${DEFAULT-VALUE}.")
  private int repetitions = 9;

  @Override
  public Integer call() throws InterruptedException {
    PolicyBenchmark policy = new PolicyBenchmark(options.over(), repetitions);
    for (int threads : THREADS) {
      System.out.println(policy.generate(threads).json());
      System.out.println(policy.score(threads).json());
      System.out.println(policy.update(threads).json());
    }
    return 0;
  }
}
