package org.gtrturbo.policy.losses;

import java.util.Optional;
import org.gtrturbo.policy.graph.Operators;
import org.gtrturbo.policy.graph.Value;

/**
 * What the value head is trained on.
 *
 * <pre>
 * L = ½ mean (V − R)²
 * L = ½ mean max((V − R)², (V₀ + clip(V − V₀, −δ, δ) − R)²)      with clipping, as RL4VLM has it
 * </pre>
 *
 * @param clip δ: the value may move this far from V₀, what it was when the turn was played
 */
public record ValueLoss(Optional<Double> clip) {
  public ValueLoss {
    if (clip.isPresent() && !(clip.get() > 0)) {
      throw new IllegalArgumentException("value clip must be above 0, got " + clip.get());
    }
  }

  /**
   * L, rank 0.
   *
   * @param value V, (N)
   * @param target R, (N)
   * @param before V₀, (N); looked at where there is clipping
   */
  public Value loss(Operators op, Value value, Value target, Optional<Value> before) {
    Value plain = op.square(op.subtract(value, target));
    Value loss = plain;
    if (clip.isPresent()) {
      double limit = clip.get();
      Value from = before.orElseThrow();
      Value moved = op.clamp(op.subtract(value, from), -limit, limit);
      loss = op.maximum(plain, op.square(op.subtract(op.add(from, moved), target)));
    }
    return op.multiply(op.mean(loss), 0.5);
  }
}
