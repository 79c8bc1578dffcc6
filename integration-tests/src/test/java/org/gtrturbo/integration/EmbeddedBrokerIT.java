package org.gtrturbo.integration;

import java.nio.file.Path;

/** The scenarios over the embedded broker, every service a process of its own. */
@Over("the embedded broker")
final class EmbeddedBrokerIT extends StreamScenarios {
  @Override
  Deployment deploy(Path folder) {
    return ProcessDeployment.start(folder);
  }
}
