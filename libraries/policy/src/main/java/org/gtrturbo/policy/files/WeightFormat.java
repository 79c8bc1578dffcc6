package org.gtrturbo.policy.files;

/** How the weights of an exported model are kept in its file. A model computes in float32. */
public enum WeightFormat {
  /** As they are. */
  FP32,
  /** Rounded to float16 and cast back when the model is opened: half the size. */
  FP16,
  /**
   * Matrices as whole numbers of −127 to 127 with a scale for each row or column, whichever loses
   * less; the rest as it is: a quarter of the size.
   */
  INT8
}
