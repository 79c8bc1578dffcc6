/** The settings of a run: one strict, typed YAML file. */
@NullMarked
package org.gtrturbo.platform.settings;

import org.jspecify.annotations.NullMarked;
