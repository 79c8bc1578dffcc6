/** Lineage: what every version was made from, as hashes, and reading it back from the log. */
@NullMarked
package org.gtrturbo.lineage;

import org.jspecify.annotations.NullMarked;
