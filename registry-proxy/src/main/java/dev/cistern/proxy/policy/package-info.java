/**
 * The decisions of an operator, as pure values: how long answers are fresh, how often a transfer is
 * retried, how much is cached and for how long. No I/O.
 */
@NullMarked
package dev.cistern.proxy.policy;

import org.jspecify.annotations.NullMarked;
