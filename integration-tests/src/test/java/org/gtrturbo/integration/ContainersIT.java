package org.gtrturbo.integration;

import java.nio.file.Path;
import org.junit.jupiter.api.extension.ExtendWith;

/** The scenarios over containers: the broker, and every service, one of its own. */
@Over("containers")
@ExtendWith(NeedsContainers.class)
final class ContainersIT extends StreamScenarios {
  @Override
  Deployment deploy(Path folder) throws Exception {
    ContainerDeployment.missing()
        .ifPresent(
            what -> {
              throw new IllegalStateException(what);
            });
    return ContainerDeployment.start(folder);
  }
}
