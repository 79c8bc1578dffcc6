/** The manifests, read as strictly as they can be, held against the code, and put to work. */
@NullMarked
package org.gtrturbo.infra;

import org.jspecify.annotations.NullMarked;
