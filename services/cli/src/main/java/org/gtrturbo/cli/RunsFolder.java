package org.gtrturbo.cli;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import picocli.CommandLine;
import picocli.CommandLine.Option;

/** The option that says where runs keep their folders. */
final class RunsFolder {
  @Option(
      names = "--runs",
      paramLabel = "FOLDER",
      defaultValue = "runs",
      scope = CommandLine.ScopeType.INHERIT,
      description = "Where runs keep their folders; default ${DEFAULT-VALUE}.")
  private Path path = Path.of("runs");

  Path path() {
    return path;
  }

  /** The folder of the run called {@code name}, made where it is missing. */
  RunFolder create(String name) {
    return RunFolder.create(path.resolve(name));
  }

  /**
   * The folder of a run that is there.
   *
   * @param run a name of a folder in here, or a path
   * @throws UsageException that lists the runs there are, if this is none of them
   */
  RunFolder find(String run) {
    return Stream.of(path.resolve(run), Path.of(run))
        .filter(Files::isDirectory)
        .findFirst()
        .map(folder -> new RunFolder(folder.toAbsolutePath().normalize()))
        .orElseThrow(
            () ->
                new UsageException(
                    "there is no run " + run + " in " + path + "; there are " + known()));
  }

  private List<String> known() {
    if (!Files.isDirectory(path)) {
      return List.of();
    }
    try (Stream<Path> folders = Files.list(path)) {
      return folders
          .filter(folder -> Files.exists(new RunFolder(folder).settings()))
          .map(folder -> String.valueOf(folder.getFileName()))
          .sorted()
          .toList();
    } catch (IOException failed) {
      throw new UncheckedIOException("cannot list " + path, failed);
    }
  }
}
