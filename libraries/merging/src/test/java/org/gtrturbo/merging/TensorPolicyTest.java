package org.gtrturbo.merging;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Map;
import org.gtrturbo.merging.TensorPolicy.Origin;
import org.gtrturbo.merging.TensorPolicy.Treatment;
import org.junit.jupiter.api.Test;

/** What is not to be averaged is not, and what is tied is merged once. */
class TensorPolicyTest {
  private static final TensorPolicy POLICY =
      new TensorPolicy(
          List.of("norm.*.running"),
          List.of("vision.*"),
          Origin.BASE,
          Map.of("lm_head", "embedding"));

  @Test
  void eachTensorHasTheTreatmentThatItsNameAndKindCallFor() {
    assertThat(POLICY.treatment("layer.1", true)).isEqualTo(new Treatment.Merged());
    assertThat(POLICY.treatment("norm.2.running", true))
        .isEqualTo(new Treatment.Copied(Origin.NEWEST));
    assertThat(POLICY.treatment("vision.conv", true)).isEqualTo(new Treatment.Copied(Origin.BASE));
    assertThat(POLICY.treatment("lm_head", true)).isEqualTo(new Treatment.SameAs("embedding"));
    assertThat(POLICY.treatment("supervision.x", true)).isEqualTo(new Treatment.Merged());
  }

  @Test
  void wholeNumbersAreNeverAveraged() {
    assertThat(POLICY.treatment("steps", false)).isEqualTo(new Treatment.Copied(Origin.BASE));
    assertThat(TensorPolicy.ALL.treatment("steps", false))
        .isEqualTo(new Treatment.Copied(Origin.NEWEST));
  }

  @Test
  void aNameThatNoTensorHasIsRefused() {
    var typo = new TensorPolicy(List.of("nrom.*"), List.of(), Origin.NEWEST, Map.of());

    assertThatThrownBy(() -> typo.treatments(Map.of("norm.1", true)))
        .hasMessageContaining("no tensor nrom.*");
    assertThatThrownBy(() -> POLICY.treatments(Map.of("vision.a", true, "norm.1.running", true)))
        .hasMessageContaining("no tensor");
  }

  @Test
  void contradictionsAreRefused() {
    var both = new TensorPolicy(List.of("a*"), List.of("*b"), Origin.NEWEST, Map.of());

    assertThatThrownBy(() -> both.treatment("ab", true)).hasMessageContaining("both");
    assertThatThrownBy(() -> tied(Map.of("a", "a"))).hasMessageContaining("tied to itself");
    assertThatThrownBy(() -> tied(Map.of("a", "b", "b", "c"))).hasMessageContaining("tie all");
  }

  private static TensorPolicy tied(Map<String, String> ties) {
    return new TensorPolicy(List.of(), List.of(), Origin.NEWEST, ties);
  }
}
