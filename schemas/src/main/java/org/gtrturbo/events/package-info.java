/**
 * The contracts between services: what is published, how it is written down, and on which topics.
 *
 * <p>The package itself is not {@code @NullMarked}, the types written by hand are: the records that
 * Avro generates take null for an absent optional field, which a null-marked package would forbid
 * at every call.
 */
package org.gtrturbo.events;
