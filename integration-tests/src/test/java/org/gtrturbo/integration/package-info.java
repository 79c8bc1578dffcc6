/** What holds only for all parts together: whole runs as processes, and who may know whom. */
@NullMarked
package org.gtrturbo.integration;

import org.jspecify.annotations.NullMarked;
