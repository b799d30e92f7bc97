/**
 * What an operator decides, as pure values: how long answers stay fresh, how often a transfer is
 * retried, how much is cached and for how long. Nothing here does I/O.
 */
@NullMarked
package dev.cistern.proxy.policy;

import org.jspecify.annotations.NullMarked;
