/** Plays environments with the newest policy and publishes turns scored by the newest teacher. */
@NullMarked
package org.gtrturbo.actor;

import org.jspecify.annotations.NullMarked;
