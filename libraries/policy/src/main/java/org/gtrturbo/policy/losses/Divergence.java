package org.gtrturbo.policy.losses;

import java.util.Optional;
import java.util.function.Function;
import org.gtrturbo.policy.graph.Operators;
import org.gtrturbo.policy.graph.Value;

/**
 * The {@link Estimator}s as graph: (N, G) nats, at places that are no thought too.
 *
 * @param words V
 */
public record Divergence(Estimator estimator, int words) {
  /** log-probability of each generated token under the teacher, (N, G). */
  public static final String TEACHER_LOG_PROBS = "teacherLogProbs";

  /** The teacher's log-probabilities of its K likeliest words at each place, (N, G, K). */
  public static final String TEACHER_TOP = "teacherTop";

  /** int64, those words, (N, G, K); only where they are not the whole vocabulary in order. */
  public static final String TEACHER_TOP_TOKENS = "teacherTopTokens";

  /**
   * The policy's side.
   *
   * @param logProbs of the generated tokens, (N, G)
   * @param distributions log-probabilities of all words, (N, G, V)
   * @param thought 1 where a token is of the thought, else 0, (N, G): where it is 0, K3 is 0 too;
   *     empty where nobody looks at those places
   */
  public record Student(Value logProbs, Value distributions, Optional<Value> thought) {
    /** The same, through which no gradient flows. */
    public Student constant(Operators op) {
      return new Student(op.constantCopy(logProbs), op.constantCopy(distributions), thought);
    }
  }

  /**
   * The distance at each place.
   *
   * @param teacher the teacher's side by name
   */
  public Value at(Operators op, Student student, Function<String, Value> teacher) {
    return switch (estimator) {
      case Estimator.K1 _ -> ahead(op, student, teacher);
      case Estimator.Clip(double upper) -> {
        Value positive = op.maximum(ahead(op, student, teacher), op.graph().scalar(0));
        yield Double.isFinite(upper) ? op.minimum(positive, op.graph().scalar(upper)) : positive;
      }
      case Estimator.Abs _ -> {
        Value ahead = ahead(op, student, teacher);
        yield op.maximum(ahead, op.negate(ahead));
      }
      case Estimator.K3 _ -> {
        Value ahead = onThoughts(op, student, ahead(op, student, teacher));
        yield op.add(op.add(op.exp(op.negate(ahead)), -1), ahead);
      }
      case Estimator.ReverseKl(int topK) -> reverse(op, topK, student, teacher);
      case Estimator.ForwardKl(int topK) -> forward(op, topK, student, teacher);
    };
  }

  private static Value ahead(Operators op, Student student, Function<String, Value> teacher) {
    return op.subtract(student.logProbs(), teacher.apply(TEACHER_LOG_PROBS));
  }

  /** 0 elsewhere: at padding exp may overflow, and infinity times a weight of 0 is no number. */
  private static Value onThoughts(Operators op, Student student, Value ahead) {
    Value zero = op.graph().scalar(0);
    return student
        .thought()
        .map(thought -> op.where(op.greater(thought, zero), ahead, zero))
        .orElse(ahead);
  }

  private Value reverse(
      Operators op, int topK, Student student, Function<String, Value> teacherSide) {
    Value teacher = teacherSide.apply(TEACHER_TOP);
    if (topK == words) {
      Value distributions = student.distributions();
      return expectation(op, distributions, op.subtract(distributions, teacher));
    }
    Value known = op.gatherElements(student.distributions(), teacherSide.apply(TEACHER_TOP_TOKENS));
    Value likely = op.exp(known);
    Value sum = op.reduceSum(op.multiply(likely, op.subtract(known, teacher)), false, -1);
    Value studentRest = rest(op, likely);
    Value teacherRest = rest(op, op.exp(teacher));
    return op.add(sum, relative(op, studentRest, teacherRest));
  }

  private Value forward(
      Operators op, int topK, Student student, Function<String, Value> teacherSide) {
    Value teacher = teacherSide.apply(TEACHER_TOP);
    if (topK == words) {
      return expectation(op, teacher, op.subtract(teacher, student.distributions()));
    }
    Value known = op.gatherElements(student.distributions(), teacherSide.apply(TEACHER_TOP_TOKENS));
    Value sum = expectation(op, teacher, op.subtract(teacher, known));
    Value studentRest = rest(op, op.exp(known));
    Value teacherRest = rest(op, op.exp(teacher));
    return op.add(sum, relative(op, teacherRest, studentRest));
  }

  /** Σ over words of exp(logProbs) · of. */
  private static Value expectation(Operators op, Value logProbs, Value of) {
    return op.reduceSum(op.multiply(op.exp(logProbs), of), false, -1);
  }

  /** p (log p − log q). */
  private static Value relative(Operators op, Value left, Value right) {
    return op.multiply(left, op.subtract(op.log(left), op.log(right)));
  }

  /** The probability of all words but the likeliest: (N, G, K) to (N, G), never quite zero. */
  private static Value rest(Operators op, Value likely) {
    Value left = op.subtract(op.graph().scalar(1), op.reduceSum(likely, false, -1));
    return op.maximum(left, op.graph().scalar(1e-6));
  }
}
