package org.gtrturbo.merging;

import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * How checkpoints θ₁, θ₂, … become the running teacher T.
 *
 * <p>What the first teacher is: every rule starts from the base, checkpoint 0, which stands in as
 * the teacher until a checkpoint is folded. The base is no member of the merge, so the count of
 * what is merged starts at the first checkpoint after it.
 *
 * <p>The state of a merge is its {@link MergeProgress}, the teacher's vector, and the {@link #sums}
 * beside it. One checkpoint is folded so:
 *
 * <ol>
 *   <li>{@link #plan}: whether it has any weight, and which;
 *   <li>{@link #measure}: one look at it as a whole, for rules whose {@link #needs} ask for a
 *       survey;
 *   <li>{@link #fold}, for each piece of each tensor, in any order and on any machine.
 * </ol>
 *
 * <p>How a vector is cut into pieces changes no bit of what comes out.
 */
public sealed interface MergeRule
    permits RunningMean,
        SlidingWindow,
        Ties,
        IncrementalTies,
        DareTies,
        Slerp,
        PostHocEma,
        Frozen,
        Selective {

  /** As in settings and events. */
  String name();

  /**
   * What the rule is set to, as in events; {@link #of} reads it. A setting that stands as it would
   * if it were not given is not among them.
   */
  Map<String, String> settings();

  /**
   * Holds the tensors that settings name against those that a model has.
   *
   * @throws IllegalArgumentException if one names none, or contradicts another
   */
  default void requireTensors(Set<String> names) {}

  /**
   * The fold of a checkpoint.
   *
   * @param before the merge so far
   * @return empty if the rule leaves this checkpoint out
   */
  Optional<Fold> plan(MergeProgress before, long version);

  /** What a fold must be given. */
  Needs needs();

  /** The running sums that the rule keeps beside the teacher. */
  List<Sum> sums();

  /**
   * Fills the sums as they are while the base is the teacher.
   *
   * @param base a piece of it
   * @param sums as {@link #sums} lists them, of as many elements
   */
  default void start(MemorySegment base, List<MemorySegment> sums) {
    sums.forEach(sum -> sum.fill((byte) 0));
  }

  /**
   * What {@link #fold} must know of the checkpoint as a whole.
   *
   * @param tensors all that are merged, each once; of their vectors those are read that the {@link
   *     Needs.Survey} names
   * @return one for each tensor, by its name
   */
  default Map<String, Measure> measure(Fold fold, List<MeasuredTensor> tensors) {
    return tensors.stream().collect(Collectors.toMap(MeasuredTensor::name, tensor -> Measure.NONE));
  }

  /**
   * Folds one piece: reads what {@link #needs} says, writes the teacher's piece and its sums.
   *
   * @param measure of the piece's tensor
   * @throws IllegalArgumentException if the vectors are not what the rule needs
   */
  void fold(Fold fold, Measure measure, Piece piece);

  /**
   * Merges one piece from the base on: the teacher's bits that {@link #start} and then {@link
   * #fold} of each checkpoint give, which some rules find faster together.
   *
   * @param base a piece of it
   * @param steps in order, at least one; their pieces have the same elements, and the sums and the
   *     teacher that one writes are those that the next reads. The sums are room for the merge:
   *     they need hold nothing before, and nothing is promised of them afterwards
   */
  default void merge(MemorySegment base, List<FoldStep> steps) {
    start(base, steps.getFirst().piece().read().sums());
    steps.forEach(step -> fold(step.fold(), step.measure(), step.piece()));
  }

  /**
   * The rule of a name.
   *
   * @param settings those of the rule; one that is not there has its usual value
   * @throws IllegalArgumentException if there is no such rule, it has no such setting, or a value
   *     is out of its range
   */
  static MergeRule of(String name, Map<String, String> settings) {
    return RuleReader.read(name, settings);
  }
}
