package org.gtrturbo.policy.graph;

import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/** For each operator, how the gradient of its output becomes gradients of its inputs. */
final class GradientRules {

  /** Operators with a float result that no gradient flows through: flat, or chosen by an index. */
  private static final Set<String> FLAT =
      Set.of("Ceil", "Floor", "Round", "Sign", "Mod", "RandomNormalLike", "RandomUniformLike");

  private static final Map<String, Gradients.Rule> RULES = new TreeMap<>();

  static {
    RULES.putAll(ElementwiseGradients.rules());
    RULES.putAll(ReductionGradients.rules());
    RULES.putAll(LinearGradients.rules());
    RULES.putAll(NormalizationGradients.rules());
    RULES.putAll(ShapeGradients.rules());
    RULES.putAll(IndexingGradients.rules());
  }

  private GradientRules() {}

  static Gradients.Rule of(Node node) {
    Gradients.Rule rule = RULES.get(node.operator());
    if (rule == null) {
      throw new UncoveredOperatorException(node);
    }
    return rule;
  }

  /** Whether no gradient flows through {@code node} whatever its operands are. */
  static boolean stops(Node node) {
    return FLAT.contains(node.operator());
  }

  static List<String> covered() {
    return List.copyOf(RULES.keySet());
  }
}
