/**
 * The losses that policies are trained with, each a piece of graph of its own with its formula:
 * {@link org.gtrturbo.policy.losses.Surrogate}, {@link org.gtrturbo.policy.losses.ValueLoss},
 * {@link org.gtrturbo.policy.losses.Divergence}, {@link org.gtrturbo.policy.losses.TokenLosses}.
 *
 * <p>Letters of shapes: N turns, G generated tokens, V words, K likeliest words.
 */
@NullMarked
package org.gtrturbo.policy.losses;

import org.jspecify.annotations.NullMarked;
