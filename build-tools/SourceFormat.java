import com.google.googlejavaformat.java.Main;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/**
 * Checks the format of every Java source below a folder, or mends it: {@code SourceFormat FOLDER
 * [check|mend]}.
 *
 * <p>Run by the build on the JDK that compiles the code, because google-java-format reads sources
 * with the compiler it runs on, and Maven itself may run on an older one.
 */
final class SourceFormat {
  public static void main(String[] arguments) throws Exception {
    boolean mend = arguments.length > 1 && arguments[1].equals("mend");
    List<String> formatter = new ArrayList<>();
    formatter.addAll(mend ? List.of("--replace") : List.of("--dry-run", "--set-exit-if-changed"));
    formatter.addAll(sources(Path.of(arguments[0])));
    PrintWriter out = new PrintWriter(System.out, true, StandardCharsets.UTF_8);
    PrintWriter err = new PrintWriter(System.err, true, StandardCharsets.UTF_8);
    int exit = new Main(out, err, System.in).format(formatter.toArray(String[]::new));
    out.flush();
    err.flush();
    if (exit != 0) {
      System.err.println(
          "The files above are not formatted; mvn -Pformat process-sources -N mends them");
    }
    System.exit(exit);
  }

  private static List<String> sources(Path folder) throws IOException {
    try (Stream<Path> files = Files.walk(folder)) {
      return files
          .filter(file -> file.toString().endsWith(".java"))
          .filter(file -> !folder.relativize(file).toString().contains("target"))
          .map(Path::toString)
          .sorted()
          .toList();
    }
  }
}
