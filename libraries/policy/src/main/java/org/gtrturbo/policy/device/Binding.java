package org.gtrturbo.policy.device;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import ai.onnxruntime.OnnxTensor;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.Buffer;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * One run of a {@link BoundModel}: first every input and output is bound, then it is executed, then
 * the results are taken.
 */
public final class Binding implements AutoCloseable {
  private final OrtLibrary library;
  private final MemorySegment session;
  private final MemorySegment hostMemory;
  private final MemorySegment deviceMemory;
  private final MemorySegment binding;
  private final Arena arena = Arena.ofConfined();
  // What native code has only the addresses of.
  private final List<OnnxTensor> borrowed = new ArrayList<>();
  private final List<MemorySegment> hostValues = new ArrayList<>();
  private final List<String> outputs = new ArrayList<>();
  private final List<MemorySegment> results = new ArrayList<>();
  private final Set<Integer> taken = new HashSet<>();
  private long toDevice;
  private long fromDevice;

  Binding(
      OrtLibrary library,
      MemorySegment session,
      MemorySegment hostMemory,
      MemorySegment deviceMemory) {
    this.library = library;
    this.session = session;
    this.hostMemory = hostMemory;
    this.deviceMemory = deviceMemory;
    this.binding = library.make(OrtFunction.CREATE_BINDING, session);
  }

  /** Hands over a tensor of the processor's memory, which must be made over a direct buffer. */
  public void input(String name, OnnxTensor tensor) {
    MemorySegment contents = contents(tensor);
    toDevice += contents.byteSize();
    library.call(
        OrtFunction.BIND_INPUT, binding, arena.allocateFrom(name), hostValue(tensor, contents));
  }

  /** Gives a tensor that is on the device already. */
  public void input(String name, DeviceTensor tensor) {
    library.call(OrtFunction.BIND_INPUT, binding, arena.allocateFrom(name), tensor.value());
  }

  /** An output that stays on the device; {@link #kept} is it. */
  public void keep(String name) {
    bindOutput(name, deviceMemory);
  }

  /** An output that is brought to the processor's memory; {@link #floats} reads it. */
  public void fetch(String name) {
    bindOutput(name, hostMemory);
  }

  /** An output that is written into the memory of {@code tensor}, made over a direct buffer. */
  public void fetch(String name, OnnxTensor tensor) {
    MemorySegment contents = contents(tensor);
    fromDevice += contents.byteSize();
    library.call(
        OrtFunction.BIND_OUTPUT, binding, arena.allocateFrom(name), hostValue(tensor, contents));
    outputs.add(name);
  }

  private void bindOutput(String name, MemorySegment memory) {
    library.call(OrtFunction.BIND_OUTPUT_TO_DEVICE, binding, arena.allocateFrom(name), memory);
    outputs.add(name);
  }

  /**
   * Runs the model and waits for its results.
   *
   * @throws DeviceException if ONNX Runtime fails
   */
  public void execute() {
    TinyNumbers.flushed(
        () -> {
          library.call(OrtFunction.RUN_WITH_BINDING, session, MemorySegment.NULL, binding);
          return binding;
        });
    library.call(OrtFunction.SYNCHRONIZE_OUTPUTS, binding);
    MemorySegment allocator = library.make(OrtFunction.GET_DEFAULT_ALLOCATOR);
    MemorySegment values = arena.allocate(ADDRESS);
    MemorySegment count = arena.allocate(JAVA_LONG);
    library.call(OrtFunction.GET_BOUND_OUTPUTS, binding, allocator, values, count);
    MemorySegment array =
        values.get(ADDRESS, 0).reinterpret(count.get(JAVA_LONG, 0) * ADDRESS.byteSize());
    for (int index = 0; index < outputs.size(); index++) {
      results.add(array.getAtIndex(ADDRESS, index));
    }
    library.call(OrtFunction.ALLOCATOR_FREE, allocator, array);
  }

  /** The output called {@code name}, now the caller's to close. */
  public DeviceTensor kept(String name) {
    int index = indexOf(name);
    if (!taken.add(index)) {
      throw new IllegalStateException("output " + name + " has been taken before");
    }
    return new DeviceTensor(results.get(index));
  }

  /** A copy of a FLOAT output that was fetched. */
  public float[] floats(String name) {
    MemorySegment value = results.get(indexOf(name));
    MemorySegment info = library.make(OrtFunction.GET_TENSOR_SHAPE_INFO, value);
    MemorySegment elements = arena.allocate(JAVA_LONG);
    library.call(OrtFunction.GET_TENSOR_ELEMENTS, info, elements);
    library.call(OrtFunction.RELEASE_SHAPE_INFO, info);
    long bytes = elements.get(JAVA_LONG, 0) * Float.BYTES;
    fromDevice += bytes;
    return library
        .make(OrtFunction.GET_TENSOR_DATA, value)
        .reinterpret(bytes)
        .toArray(JAVA_FLOAT_UNALIGNED);
  }

  private int indexOf(String name) {
    int index = outputs.indexOf(name);
    if (index < 0 || results.isEmpty()) {
      throw new IllegalStateException("there is no result " + name + " among " + outputs);
    }
    return index;
  }

  /** What has crossed for this run so far. */
  public BusTraffic traffic() {
    return new BusTraffic(toDevice, fromDevice);
  }

  private MemorySegment hostValue(OnnxTensor tensor, MemorySegment contents) {
    borrowed.add(tensor);
    long[] shape = tensor.getInfo().getShape();
    MemorySegment value =
        library.make(
            OrtFunction.CREATE_TENSOR_OVER_DATA,
            hostMemory,
            contents,
            contents.byteSize(),
            arena.allocateFrom(JAVA_LONG, shape),
            (long) shape.length,
            elementType(tensor));
    hostValues.add(value);
    return value;
  }

  /** The number of {@code ONNXTensorElementDataType}, which is not that of Java's enumeration. */
  private static int elementType(OnnxTensor tensor) {
    return switch (tensor.getInfo().type) {
      case FLOAT -> 1;
      case UINT8 -> 2;
      case INT8 -> 3;
      case INT16 -> 5;
      case INT32 -> 6;
      case INT64 -> 7;
      case BOOL -> 9;
      case FLOAT16 -> 10;
      case DOUBLE -> 11;
      case BFLOAT16 -> 16;
      case STRING, UNKNOWN ->
          throw new IllegalArgumentException("no memory holds the elements of " + tensor);
    };
  }

  private static MemorySegment contents(OnnxTensor tensor) {
    return tensor
        .getBufferRef()
        .filter(Buffer::isDirect)
        .map(MemorySegment::ofBuffer)
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    "a tensor to be bound must be made over a direct buffer, got " + tensor));
  }

  @Override
  public void close() {
    library.call(OrtFunction.RELEASE_BINDING, binding);
    for (int index = 0; index < results.size(); index++) {
      if (!taken.contains(index)) {
        library.call(OrtFunction.RELEASE_VALUE, results.get(index));
      }
    }
    hostValues.forEach(value -> library.call(OrtFunction.RELEASE_VALUE, value));
    arena.close();
  }
}
