package org.gtrturbo.policy.graph;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A process with a long command line can run models; ONNX Runtime by itself overruns its stack
 * there.
 */
final class LongCommandLineTest {

  @Test
  void aProcessWithALongClassPathOpensASession(@TempDir Path folder) throws Exception {
    Path output = folder.resolve("output");
    String classPath =
        System.getProperty("java.class.path") + (":" + "/no/such/folder/".repeat(20)).repeat(60);
    Process process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx128m",
                "--enable-native-access=ALL-UNNAMED",
                "-cp",
                classPath,
                LongCommandLineTest.class.getName())
            .redirectErrorStream(true)
            .redirectOutput(output.toFile())
            .start();
    boolean ended = process.waitFor(60, TimeUnit.SECONDS);
    process.destroyForcibly();
    String printed = Files.readString(output);

    assertThat(ended).as(printed).isTrue();
    assertThat(process.exitValue()).as(printed).isZero();
    assertThat(printed).contains("opened");
  }

  public static void main(String[] arguments) {
    Graph graph = new Graph(DataType.FLOAT);
    graph.output("y", graph.operators().exp(graph.input("x", DataType.FLOAT, 2)));
    try (OnnxSession _ = OnnxSession.open(OnnxModel.write(graph, "exp", Map.of()), 1)) {
      System.out.println("opened");
    }
  }
}
