package org.gtrturbo.merger;

import java.util.List;
import java.util.Map;
import org.gtrturbo.events.Checkpoint;
import org.gtrturbo.merging.Fold;
import org.gtrturbo.merging.Measure;

/**
 * A checkpoint, and all that folding it must know of the whole.
 *
 * @param earlier checkpoints folded before that the rule needs, the newest of them first
 * @param measures by tensor
 */
record PlannedFold(
    Checkpoint checkpoint, Fold fold, List<Checkpoint> earlier, Map<String, Measure> measures) {}
