package org.gtrturbo.merger;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.locks.ReentrantLock;
import org.gtrturbo.agents.WeightBlobs;
import org.gtrturbo.events.BlobRef;
import org.gtrturbo.platform.blobs.BlobStore;
import org.gtrturbo.policy.ParameterLayout;
import org.gtrturbo.policy.PolicyNetwork;
import org.gtrturbo.policy.PolicySpec;

/** Policies by their blobs, each with how it is cut into shards. Threads may share it. */
final class Policies {
  // A run has one, and a checkpoint that strays in has another.
  private static final int KNOWN = 4;

  private final WeightBlobs blobs;
  private final int shardBytes;
  private final ReentrantLock lock = new ReentrantLock();
  private final Map<BlobRef, Policy> known = new LinkedHashMap<>();

  record Policy(PolicySpec spec, ParameterLayout layout, ShardPlan plan) {}

  Policies(BlobStore blobs, int shardBytes) {
    this.blobs = new WeightBlobs(blobs);
    this.shardBytes = shardBytes;
  }

  int shardBytes() {
    return shardBytes;
  }

  Policy of(BlobRef policy) {
    lock.lock();
    try {
      Policy read = known.get(policy);
      if (read == null) {
        read = read(policy);
        if (known.size() == KNOWN) {
          known.clear();
        }
        known.put(policy, read);
      }
      return read;
    } finally {
      lock.unlock();
    }
  }

  private Policy read(BlobRef policy) {
    PolicySpec spec = blobs.loadSpec(policy);
    ParameterLayout layout = PolicyNetwork.layout(spec);
    return new Policy(spec, layout, ShardPlan.of(layout, shardBytes));
  }
}
