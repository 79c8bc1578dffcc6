/** Live environments that an agent sees as a picture and a prompt. */
@NullMarked
package org.gtrturbo.environments;

import org.jspecify.annotations.NullMarked;
