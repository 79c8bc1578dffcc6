package org.gtrturbo.policy;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;

/** Policy specs as JSON. What is written for a spec never changes: its hash names the policy. */
final class PolicyJson {
  private static final ObjectMapper JSON =
      new ObjectMapper()
          .enable(SerializationFeature.INDENT_OUTPUT)
          .enable(DeserializationFeature.FAIL_ON_NULL_CREATOR_PROPERTIES)
          .enable(DeserializationFeature.FAIL_ON_MISSING_CREATOR_PROPERTIES);

  private PolicyJson() {}

  /** A policy with the built-in network. */
  private record BuiltIn(
      PolicySpec.PictureSpec picture,
      PolicySpec.TextSpec text,
      PolicySpec.TransformerSpec transformer) {}

  static String write(PolicySpec spec) {
    Object form =
        switch (spec.network()) {
          case PolicySpec.TransformerSpec transformer ->
              new BuiltIn(spec.picture(), spec.text(), transformer);
        };
    try {
      return JSON.writeValueAsString(form);
    } catch (JsonProcessingException impossible) {
      throw new IllegalStateException("a policy spec could not be written as JSON", impossible);
    }
  }

  /**
   * @throws IllegalArgumentException if {@code json} is no policy spec; the message says where
   */
  static PolicySpec read(String json) {
    try {
      BuiltIn read = JSON.readValue(json, BuiltIn.class);
      return new PolicySpec(read.picture(), read.text(), read.transformer());
    } catch (JsonProcessingException wrong) {
      throw new IllegalArgumentException(
          "not a policy description: " + wrong.getOriginalMessage() + " at line " + line(wrong),
          wrong);
    }
  }

  private static String line(JsonProcessingException wrong) {
    return wrong.getLocation() == null
        ? "unknown"
        : wrong.getLocation().getLineNr() + ", column " + wrong.getLocation().getColumnNr();
  }
}
