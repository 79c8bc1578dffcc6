package org.gtrturbo.policy.device;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_BOOLEAN;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemoryLayout;

/**
 * The functions of ONNX Runtime's C interface that are called here, each with its place in the
 * table {@code OrtApi}.
 *
 * <p>Places were counted in {@code onnxruntime_c_api.h} of 1.29 ({@code ORT_API_VERSION} 29). The
 * table is only ever appended to, and all of these were there in version 23, which is the version
 * asked for.
 */
// Function descriptors are immutable, which nothing in their type says.
@SuppressWarnings("ImmutableEnumChecker")
enum OrtFunction {
  GET_ERROR_MESSAGE(2, FunctionDescriptor.of(ADDRESS, ADDRESS)),
  CREATE_ENVIRONMENT(3, status(JAVA_INT, ADDRESS, ADDRESS)),
  CREATE_SESSION_FROM_ARRAY(8, status(ADDRESS, ADDRESS, JAVA_LONG, ADDRESS, ADDRESS)),
  CREATE_SESSION_OPTIONS(10, status(ADDRESS)),
  ENABLE_PROFILING(14, status(ADDRESS, ADDRESS)),
  SET_INTRA_OP_THREADS(24, status(ADDRESS, JAVA_INT)),
  SET_INTER_OP_THREADS(25, status(ADDRESS, JAVA_INT)),
  CREATE_TENSOR_OVER_DATA(
      49, status(ADDRESS, ADDRESS, JAVA_LONG, ADDRESS, JAVA_LONG, JAVA_INT, ADDRESS)),
  GET_TENSOR_DATA(51, status(ADDRESS, ADDRESS)),
  GET_TENSOR_ELEMENTS(64, status(ADDRESS, ADDRESS)),
  GET_TENSOR_SHAPE_INFO(65, status(ADDRESS, ADDRESS)),
  CREATE_MEMORY_INFO(68, status(ADDRESS, JAVA_INT, JAVA_INT, JAVA_INT, ADDRESS)),
  ALLOCATOR_FREE(76, status(ADDRESS, ADDRESS)),
  GET_DEFAULT_ALLOCATOR(78, status(ADDRESS)),
  RELEASE_STATUS(93, FunctionDescriptor.ofVoid(ADDRESS)),
  RELEASE_MEMORY_INFO(94, FunctionDescriptor.ofVoid(ADDRESS)),
  RELEASE_SESSION(95, FunctionDescriptor.ofVoid(ADDRESS)),
  RELEASE_VALUE(96, FunctionDescriptor.ofVoid(ADDRESS)),
  RELEASE_SHAPE_INFO(99, FunctionDescriptor.ofVoid(ADDRESS)),
  RELEASE_SESSION_OPTIONS(100, FunctionDescriptor.ofVoid(ADDRESS)),
  ADD_SESSION_ENTRY(130, status(ADDRESS, ADDRESS, ADDRESS)),
  CREATE_ALLOCATOR(131, status(ADDRESS, ADDRESS, ADDRESS)),
  RELEASE_ALLOCATOR(132, FunctionDescriptor.ofVoid(ADDRESS)),
  RUN_WITH_BINDING(133, status(ADDRESS, ADDRESS, ADDRESS)),
  CREATE_BINDING(134, status(ADDRESS, ADDRESS)),
  RELEASE_BINDING(135, FunctionDescriptor.ofVoid(ADDRESS)),
  BIND_INPUT(136, status(ADDRESS, ADDRESS, ADDRESS)),
  BIND_OUTPUT(137, status(ADDRESS, ADDRESS, ADDRESS)),
  BIND_OUTPUT_TO_DEVICE(138, status(ADDRESS, ADDRESS, ADDRESS)),
  GET_BOUND_OUTPUTS(140, status(ADDRESS, ADDRESS, ADDRESS, ADDRESS)),
  SYNCHRONIZE_OUTPUTS(203, status(ADDRESS)),
  APPEND_CUDA(204, status(ADDRESS, ADDRESS)),
  CREATE_CUDA_OPTIONS(205, status(ADDRESS)),
  UPDATE_CUDA_OPTIONS(206, status(ADDRESS, ADDRESS, ADDRESS, JAVA_LONG)),
  RELEASE_CUDA_OPTIONS(208, FunctionDescriptor.ofVoid(ADDRESS)),
  SET_DETERMINISTIC(273, status(ADDRESS, JAVA_BOOLEAN)),
  GET_PAIR(297, FunctionDescriptor.of(ADDRESS, ADDRESS, ADDRESS)),
  RELEASE_PAIRS(300, FunctionDescriptor.ofVoid(ADDRESS)),
  GET_ALLOCATOR_STATISTICS(319, status(ADDRESS, ADDRESS));

  /** Version of the table that is asked for; what Java's own interface of 1.29 asks for too. */
  static final int TABLE_VERSION = 23;

  static final int LAST_PLACE = 319;

  private final int place;
  private final FunctionDescriptor descriptor;

  OrtFunction(int place, FunctionDescriptor descriptor) {
    this.place = place;
    this.descriptor = descriptor;
  }

  int place() {
    return place;
  }

  FunctionDescriptor descriptor() {
    return descriptor;
  }

  /** Whether it returns an {@code OrtStatus}, which is null where all went well. */
  boolean returnsStatus() {
    return this != GET_ERROR_MESSAGE && this != GET_PAIR && descriptor.returnLayout().isPresent();
  }

  private static FunctionDescriptor status(MemoryLayout... arguments) {
    return FunctionDescriptor.of(ADDRESS, arguments);
  }
}
