package org.gtrturbo.infra;

import java.nio.file.Path;
import java.util.List;

/** Everything that is wrong with the manifests of a folder; nothing, it is hoped. */
final class ManifestReview {
  private ManifestReview() {}

  /**
   * @param folder with {@code base} and {@code overlays}
   * @param version of the project
   */
  static List<String> of(Path folder, String version) {
    var findings = new Findings();
    try {
      Manifests manifests = Manifests.read(folder);
      KustomizeReview.review(manifests, findings);
      ClusterReview.review(manifests, findings);
      ServiceReview.review(manifests, version, findings);
    } catch (IllegalArgumentException unreadable) {
      findings.require(
          false, String.valueOf(unreadable.getMessage()), "(and nothing more is read)");
    }
    return findings.all();
  }
}
