/** Agents: stored policies made ready, and environments played with them. */
@NullMarked
package org.gtrturbo.agents;

import org.jspecify.annotations.NullMarked;
