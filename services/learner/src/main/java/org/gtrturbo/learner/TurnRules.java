package org.gtrturbo.learner;

import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import org.gtrturbo.events.SeenObservation;
import org.gtrturbo.events.TeacherScore;
import org.gtrturbo.events.Turn;
import org.gtrturbo.policy.PolicySpec;
import org.gtrturbo.policy.Vocabulary;
import org.gtrturbo.policy.losses.Estimator;
import org.gtrturbo.policy.losses.Guidance;

/** What a turn must be like for this policy to be trained on it. */
final class TurnRules implements Function<Turn, Optional<String>> {
  private final String environment;
  private final PolicySpec spec;
  private final Guidance guidance;
  private final Vocabulary vocabulary;

  TurnRules(String environment, PolicySpec spec, Guidance guidance) {
    this.environment = environment;
    this.spec = spec;
    this.guidance = guidance;
    this.vocabulary = new Vocabulary(spec.text().words());
  }

  /** Why the turn cannot be trained on; empty where it can. */
  @Override
  public Optional<String> apply(Turn turn) {
    if (!turn.getEnvironment().equals(environment)) {
      return Optional.of(
          "it is of environment " + turn.getEnvironment() + ", the run's is " + environment);
    }
    return first(
        () -> wrongObservation(turn.getObservation()),
        () -> wrongText(turn),
        () -> wrongNumbers(turn),
        () -> wrongTeacher(turn));
  }

  private Optional<String> wrongObservation(SeenObservation seen) {
    var picture = spec.picture();
    if (seen.getWidth() != picture.width()
        || seen.getHeight() != picture.height()
        || seen.getChannels() != picture.channels()) {
      return Optional.of(
          "its picture is %d x %d x %d, the policy sees %d x %d x %d"
              .formatted(
                  seen.getWidth(),
                  seen.getHeight(),
                  seen.getChannels(),
                  picture.width(),
                  picture.height(),
                  picture.channels()));
    }
    int bytes = seen.getImage().map(image -> image.remaining()).orElse(0);
    if (bytes != picture.pixels()) {
      return Optional.of("its picture has " + bytes + " bytes, not " + picture.pixels());
    }
    try {
      vocabulary.encodePadded(seen.getPrompt(), spec.text().promptTokens());
      return Optional.empty();
    } catch (IllegalArgumentException e) {
      return Optional.of("its prompt cannot be read: " + e.getMessage());
    }
  }

  private Optional<String> wrongText(Turn turn) {
    List<Integer> tokens = turn.getTokens();
    if (tokens.isEmpty() || tokens.size() > spec.text().generatedTokens()) {
      return Optional.of(
          "it has %d tokens, a turn has 1 to %d"
              .formatted(tokens.size(), spec.text().generatedTokens()));
    }
    Optional<Integer> unknown =
        tokens.stream().filter(token -> token < 0 || token >= spec.vocabularySize()).findFirst();
    if (unknown.isPresent()) {
      return Optional.of("the vocabulary has no token " + unknown.get());
    }
    if (turn.getThoughtTokens() < 0 || turn.getThoughtTokens() > tokens.size()) {
      return Optional.of(
          "%d of its %d tokens cannot be a thought"
              .formatted(turn.getThoughtTokens(), tokens.size()));
    }
    return Optional.empty();
  }

  private static Optional<String> wrongNumbers(Turn turn) {
    if (turn.getLogProbs().remaining() != turn.getTokens().size() * Float.BYTES) {
      return Optional.of("it does not have a log-probability for each token");
    }
    boolean finite =
        Double.isFinite(turn.getReward())
            && Float.isFinite(turn.getValueEstimate())
            && Float.isFinite(turn.getThoughtEntropy())
            && Float.isFinite(turn.getActionEntropy())
            && Numbers.allFinite(turn.getLogProbs());
    return finite ? Optional.empty() : Optional.of("a number of it is not finite");
  }

  private Optional<String> wrongTeacher(Turn turn) {
    if (guidance instanceof Guidance.None) {
      return Optional.empty();
    }
    if (turn.getTeacher().isEmpty()) {
      return Optional.of("it has no teacher's scores, and guidance is on");
    }
    TeacherScore teacher = turn.getTeacher().get();
    return switch (guidance) {
      case Guidance.None _ -> Optional.empty();
      case Guidance.Thoughts _ -> wrongThought(teacher);
      case Guidance.Distance(_, Estimator estimator) -> wrongScores(turn, teacher, estimator);
    };
  }

  private Optional<String> wrongThought(TeacherScore teacher) {
    List<Integer> thought = teacher.getThought();
    if (thought.size() >= spec.text().generatedTokens()) {
      return Optional.of(
          "its teacher's thought has %d tokens, there is room for %d before an action"
              .formatted(thought.size(), spec.text().generatedTokens() - 1));
    }
    return thought.stream()
        .filter(token -> token < 0 || token >= spec.vocabularySize())
        .findFirst()
        .map(token -> "the vocabulary has no token " + token + ", the teacher's thought has");
  }

  private Optional<String> wrongScores(Turn turn, TeacherScore teacher, Estimator estimator) {
    if (teacher.getLogProbs().remaining() != turn.getTokens().size() * Float.BYTES
        || !Numbers.allFinite(teacher.getLogProbs())) {
      return Optional.of("it does not have the teacher's finite log-probability of each token");
    }
    return estimator.words() > 0 ? wrongTop(turn, teacher, estimator.words()) : Optional.empty();
  }

  private Optional<String> wrongTop(Turn turn, TeacherScore teacher, int topK) {
    if (teacher.getTopK() != topK) {
      return Optional.of(
          "it carries the teacher's top " + teacher.getTopK() + ", guidance needs " + topK);
    }
    int entries = turn.getThoughtTokens() * topK;
    int named = topK < spec.vocabularySize() ? entries : 0;
    if (teacher.getTopLogProbs().remaining() != entries * Float.BYTES
        || teacher.getTopTokens().remaining() != named * Short.BYTES
        || !Numbers.allFinite(teacher.getTopLogProbs())) {
      return Optional.of("it does not have the teacher's top " + topK + " of each thought token");
    }
    for (int token : Numbers.tokens(teacher.getTopTokens())) {
      if (token >= spec.vocabularySize()) {
        return Optional.of("the vocabulary has no token " + token + ", the teacher's top has");
      }
    }
    return Optional.empty();
  }

  @FunctionalInterface
  private interface Rule {
    Optional<String> broken();
  }

  private static Optional<String> first(Rule... rules) {
    for (Rule rule : rules) {
      Optional<String> broken = rule.broken();
      if (broken.isPresent()) {
        return broken;
      }
    }
    return Optional.empty();
  }
}
