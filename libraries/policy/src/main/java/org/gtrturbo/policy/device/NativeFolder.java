package org.gtrturbo.policy.device;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Properties;

/**
 * The folder that ONNX Runtime's native libraries were loaded from, where they did not come out of
 * the jar, and what it says of itself in {@value #DESCRIPTION}.
 *
 * @param cuda major version of CUDA that the libraries were built for
 * @param libraries file names of what else they need, the driver apart
 */
record NativeFolder(Path path, int cuda, List<String> libraries) {
  /** Keys {@code cuda} and {@code libraries}, the latter with commas between. */
  static final String DESCRIPTION = "cuda.properties";

  private static final String FOLDER_PROPERTY = "onnxruntime.native.path";

  NativeFolder {
    libraries = List.copyOf(libraries);
  }

  /** Empty where the libraries are the jar's, or the folder does not describe itself. */
  static Optional<NativeFolder> configured() {
    return Optional.ofNullable(System.getProperty(FOLDER_PROPERTY))
        .map(Path::of)
        .filter(folder -> Files.isRegularFile(folder.resolve(DESCRIPTION)))
        .map(NativeFolder::read);
  }

  static NativeFolder read(Path folder) {
    Properties described = new Properties();
    Path file = folder.resolve(DESCRIPTION);
    try (var in = Files.newBufferedReader(file)) {
      described.load(in);
    } catch (IOException unreadable) {
      throw new UncheckedIOException("cannot read " + file, unreadable);
    }
    List<String> libraries = new ArrayList<>();
    for (String name : described.getProperty("libraries", "").split(",", -1)) {
      if (!name.isBlank()) {
        libraries.add(name.strip());
      }
    }
    try {
      return new NativeFolder(
          folder, Integer.parseInt(described.getProperty("cuda", "").strip()), libraries);
    } catch (NumberFormatException e) {
      throw new DeviceException(
          file
              + " must say cuda=MAJOR-VERSION; build the libraries again with -Pcuda13 or"
              + " -Pcuda12");
    }
  }
}
