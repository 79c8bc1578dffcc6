package org.gtrturbo.platform.settings;

import static org.gtrturbo.platform.settings.SettingRules.atLeast;

/**
 * Where models compute.
 *
 * @param learner where the policy is trained, and where a replay scores under teachers
 * @param actor where turns are generated, teachers score and policies are evaluated
 * @param index which GPU, from 0, as the driver counts
 * @param memoryLimitMebibytes the most of the GPU's memory that the arena of one model takes; 0
 *     means what there is
 * @param matrixProducts how exact products of matrices are on a GPU
 * @param fallback what happens where a GPU is wanted that cannot be used
 */
public record DeviceSettings(
    Kind learner,
    Kind actor,
    int index,
    int memoryLimitMebibytes,
    MatrixProducts matrixProducts,
    Fallback fallback) {

  public DeviceSettings {
    atLeast("device.index", index, 0);
    atLeast("device.memoryLimitMebibytes", memoryLimitMebibytes, 0);
  }

  public enum Kind {
    CPU,
    CUDA
  }

  public enum MatrixProducts {
    FLOAT32,
    /**
     * Factors are rounded to 10 bits of mantissa, which tensor cores multiply many times faster.
     */
    TF32
  }

  public enum Fallback {
    /** The service ends, and says what is missing. */
    REFUSE,
    /** The service says what is missing, and computes on the processor. */
    CPU
  }
}
