package org.gtrturbo.policy.files;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/**
 * A file of tensors, mapped: nothing of it is in memory that is not being read. It stays mapped,
 * and its tensors can be read from any thread, until it is closed.
 */
public sealed interface TensorFile extends AutoCloseable permits OnnxTensors, Safetensors {

  /**
   * Opens a file by its ending, {@code .onnx} or {@code .safetensors}.
   *
   * @throws UnreadableTensorsException if there is no such file, or it is not what its ending says
   */
  static TensorFile open(Path file) {
    String name = String.valueOf(file.getFileName());
    if (name.endsWith(".onnx")) {
      return OnnxTensors.open(file);
    }
    if (name.endsWith(".safetensors")) {
      return Safetensors.open(file);
    }
    throw new UnreadableTensorsException(
        "the name of " + file + " must end in .onnx or .safetensors");
  }

  Path path();

  /** In the file's order. */
  List<StoredTensor> tensors();

  /**
   * The tensors that training changes: floats of one dimension or more, but for what the model
   * calls constants.
   */
  List<StoredTensor> weights();

  /** What the file says of itself, by key. */
  Map<String, String> metadata();

  /**
   * Copies the file for its weights to be written over. All else is as it is here.
   *
   * @param target replaced when the copy is finished; a model whose weights lie beside it gets such
   *     a file too
   * @param metadata in the place of {@link #metadata}
   */
  WritableCopy copyTo(Path target, Map<String, String> metadata);

  @Override
  void close();
}
