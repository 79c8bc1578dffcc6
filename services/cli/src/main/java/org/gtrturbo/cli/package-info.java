/** The command line. */
@NullMarked
package org.gtrturbo.cli;

import org.jspecify.annotations.NullMarked;
