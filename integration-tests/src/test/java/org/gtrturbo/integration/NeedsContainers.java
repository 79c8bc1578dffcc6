package org.gtrturbo.integration;

import org.junit.jupiter.api.extension.ConditionEvaluationResult;
import org.junit.jupiter.api.extension.ExecutionCondition;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * Skips a class where there is no container engine or where it lacks the product's images, unless
 * {@code -Dgtr.containers=required}.
 */
final class NeedsContainers implements ExecutionCondition {
  private static final String PROPERTY = "gtr.containers";
  private static final String REQUIRED = "required";

  @Override
  public ConditionEvaluationResult evaluateExecutionCondition(ExtensionContext context) {
    if (REQUIRED.equals(System.getProperty(PROPERTY))) {
      return ConditionEvaluationResult.enabled(PROPERTY + " is " + REQUIRED);
    }
    if (context.getTestMethod().isPresent()) {
      return ConditionEvaluationResult.enabled("its class is");
    }
    return ContainerDeployment.missing()
        .map(ConditionEvaluationResult::disabled)
        .orElseGet(() -> ConditionEvaluationResult.enabled("an engine with the images answers"));
  }
}
