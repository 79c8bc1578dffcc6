package org.gtrturbo.policy.graph.reading;

import ai.onnx.proto.OnnxMl;
import java.util.List;
import org.gtrturbo.policy.graph.DataType;
import org.gtrturbo.policy.graph.Elements;
import org.gtrturbo.policy.graph.Shape;

/**
 * A tensor in a file.
 *
 * @param bytes little-endian, row-major; owned by this tensor
 */
record Contents(DataType type, Shape shape, byte[] bytes) {

  /**
   * @throws UnreadableModelException if the tensor lies in another file or has an element type that
   *     is not read here
   */
  static Contents of(OnnxMl.TensorProto proto) {
    Shape shape = Shape.of(proto.getDimsList());
    if (proto.getExternalDataCount() > 0
        || proto.getDataLocation() == OnnxMl.TensorProto.DataLocation.EXTERNAL) {
      throw new UnreadableModelException(
          "tensor "
              + proto.getName()
              + " lies outside the file; save the model as one file (onnx.save with"
              + " save_as_external_data=False, or torch.onnx.export with external_data=False)");
    }
    DataType type = ElementTypes.of(proto.getDataType(), "tensor " + proto.getName());
    byte[] bytes = encode(proto, type);
    if (bytes.length != Math.multiplyExact(shape.elements(), type.bytes())) {
      throw new UnreadableModelException(
          "tensor " + proto.getName() + " of shape " + shape + " has " + bytes.length + " bytes");
    }
    return new Contents(type, shape, bytes);
  }

  private static byte[] encode(OnnxMl.TensorProto proto, DataType type) {
    boolean isRaw = proto.hasRawData();
    if (isRaw && ElementTypes.isKeptAsIs(proto.getDataType())) {
      return proto.getRawData().toByteArray();
    }
    return isRaw
        ? Elements.encode(ElementTypes.integers(proto.getDataType(), proto.getRawData()))
        : switch (type) {
          case FLOAT -> floats(proto.getFloatDataList());
          case DOUBLE -> doubles(proto.getDoubleDataList());
          case INT64 ->
              Elements.encode(
                  proto.getDataType() == OnnxMl.TensorProto.DataType.INT64_VALUE
                      ? proto.getInt64DataList().stream().mapToLong(Long::longValue).toArray()
                      : proto.getInt32DataList().stream().mapToLong(Integer::longValue).toArray());
          default ->
              Elements.encode(
                  type,
                  proto.getInt32DataList().stream().mapToDouble(Integer::doubleValue).toArray());
        };
  }

  private static byte[] floats(List<Float> numbers) {
    return Elements.encode(
        DataType.FLOAT, numbers.stream().mapToDouble(Float::doubleValue).toArray());
  }

  private static byte[] doubles(List<Double> numbers) {
    return Elements.encode(
        DataType.DOUBLE, numbers.stream().mapToDouble(Double::doubleValue).toArray());
  }

  /** The elements, row-major. */
  double[] numbers() {
    return Elements.decode(type, bytes);
  }

  /** The bytes of the same numbers in {@code wanted}. */
  byte[] in(DataType wanted) {
    return wanted == type ? bytes.clone() : Elements.encode(wanted, numbers());
  }
}
