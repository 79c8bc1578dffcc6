package org.gtrturbo.policy;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Policy specs as JSON. What is written for a spec never changes: its hash names the policy. */
final class PolicyJson {
  private static final ObjectMapper JSON =
      new ObjectMapper()
          .enable(SerializationFeature.INDENT_OUTPUT)
          .enable(DeserializationFeature.FAIL_ON_NULL_CREATOR_PROPERTIES)
          .enable(DeserializationFeature.FAIL_ON_MISSING_CREATOR_PROPERTIES);
  private static final ObjectMapper LENIENT =
      new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT);

  private PolicyJson() {}

  /** A policy with the built-in network. */
  private record BuiltIn(
      PolicySpec.PictureSpec picture,
      PolicySpec.TextSpec text,
      PolicySpec.TransformerSpec transformer) {}

  /** A policy with an imported network. */
  @JsonInclude(JsonInclude.Include.NON_NULL)
  private record Imported(Picture picture, PolicySpec.TextSpec text, @Nullable Onnx onnx) {}

  private record Picture(int height, int width, int channels) {}

  /** Either of a folder, with {@code file}, or of a store, with hash and length. */
  @JsonInclude(JsonInclude.Include.NON_NULL)
  private record Onnx(
      @Nullable String file,
      @Nullable String sha256,
      @Nullable Long bytes,
      PolicySpec.Ports.@Nullable Inputs inputs,
      PolicySpec.Ports.@Nullable Outputs outputs,
      @Nullable List<String> constants) {}

  /** What a folder says of an imported policy, its network not read yet. */
  record Description(
      PolicySpec.PictureSpec picture,
      PolicySpec.TextSpec text,
      String file,
      PolicySpec.Ports ports,
      List<String> constants) {}

  static String write(PolicySpec spec) {
    return switch (spec.network()) {
      case PolicySpec.TransformerSpec transformer ->
          text(new BuiltIn(spec.picture(), spec.text(), transformer));
      case PolicySpec.ImportedSpec imported ->
          text(
              new Imported(
                  picture(spec.picture()),
                  spec.text(),
                  new Onnx(
                      null,
                      imported.model().sha256(),
                      imported.model().size(),
                      imported.ports().inputs(),
                      imported.ports().outputs(),
                      imported.constants())));
    };
  }

  /** The description of a policy that is still to be exported, to be filled in by its exporter. */
  static String outline(PolicySpec.PictureSpec picture, PolicySpec.TextSpec text) {
    return text(new Imported(picture(picture), text, null));
  }

  private static Picture picture(PolicySpec.PictureSpec picture) {
    return new Picture(picture.height(), picture.width(), picture.channels());
  }

  private static String text(Object form) {
    try {
      return JSON.writeValueAsString(form);
    } catch (JsonProcessingException impossible) {
      throw new IllegalStateException("a policy spec could not be written as JSON", impossible);
    }
  }

  /**
   * Whether the network is an imported one.
   *
   * @throws IllegalArgumentException if {@code json} is no JSON
   */
  static boolean isImported(String json) {
    try {
      return JSON.readTree(json).has("onnx");
    } catch (JsonProcessingException wrong) {
      throw refused(wrong);
    }
  }

  /**
   * @throws IllegalArgumentException if {@code json} is no policy spec; the message says where
   */
  static PolicySpec read(String json, PolicyFile.Models models) {
    try {
      if (!isImported(json)) {
        BuiltIn read = JSON.readValue(json, BuiltIn.class);
        return new PolicySpec(read.picture(), read.text(), read.transformer());
      }
      Imported read = LENIENT.readValue(json, Imported.class);
      Onnx onnx = required("onnx", read.onnx());
      String sha256 = required("onnx.sha256", onnx.sha256());
      byte[] model = models.model(sha256, required("onnx.bytes", onnx.bytes()));
      return new PolicySpec(
          seen(read),
          required("text", read.text()),
          new PolicySpec.ImportedSpec(ImportedModel.of(model), ports(onnx), constants(onnx)));
    } catch (JsonProcessingException wrong) {
      throw refused(wrong);
    }
  }

  /**
   * @throws IllegalArgumentException if {@code json} is no description; the message says where
   */
  static Description readDescription(String json) {
    try {
      Imported read = LENIENT.readValue(json, Imported.class);
      Optional<Onnx> onnx = Optional.ofNullable(read.onnx());
      return new Description(
          seen(read),
          required("text", read.text()),
          onnx.map(Onnx::file).orElse(PolicyFolder.MODEL),
          onnx.map(PolicyJson::ports).orElse(PolicySpec.Ports.USUAL),
          onnx.map(PolicyJson::constants).orElse(List.of()));
    } catch (JsonProcessingException wrong) {
      throw refused(wrong);
    }
  }

  private static PolicySpec.PictureSpec seen(Imported read) {
    Picture picture = required("picture", read.picture());
    return new PolicySpec.PictureSpec(picture.height(), picture.width(), picture.channels());
  }

  private static PolicySpec.Ports ports(Onnx onnx) {
    PolicySpec.Ports.Inputs inputs =
        Optional.ofNullable(onnx.inputs()).orElse(PolicySpec.Ports.USUAL.inputs());
    PolicySpec.Ports.Outputs outputs =
        Optional.ofNullable(onnx.outputs()).orElse(PolicySpec.Ports.USUAL.outputs());
    required("onnx.inputs.pixels", inputs.pixels());
    required("onnx.inputs.prompt", inputs.prompt());
    required("onnx.inputs.generated", inputs.generated());
    required("onnx.outputs.logits", outputs.logits());
    required("onnx.outputs.value", outputs.value());
    return new PolicySpec.Ports(inputs, outputs);
  }

  private static List<String> constants(Onnx onnx) {
    return Optional.ofNullable(onnx.constants()).orElse(List.of());
  }

  private static <T> T required(String name, @Nullable T value) {
    if (value == null) {
      throw new IllegalArgumentException("not a policy description: it lacks " + name);
    }
    return value;
  }

  private static IllegalArgumentException refused(JsonProcessingException wrong) {
    String where =
        wrong.getLocation() == null
            ? "unknown"
            : wrong.getLocation().getLineNr() + ", column " + wrong.getLocation().getColumnNr();
    return new IllegalArgumentException(
        "not a policy description: " + wrong.getOriginalMessage() + " at line " + where, wrong);
  }
}
