/** Evaluation, statistics, plots and comparisons. */
@NullMarked
package org.gtrturbo.lab;

import org.jspecify.annotations.NullMarked;
