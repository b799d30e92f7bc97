/**
 * A storage driver of one's own: {@link dev.cistern.examples.striped.StripedDriver}, and the {@link
 * dev.cistern.examples.striped.StripedDriverFactory} by which a server finds it under {@code
 * storage.striped} of its configuration. {@code StripedDriverContractTest} holds it to the contract
 * that every driver keeps.
 */
@NullMarked
package dev.cistern.examples.striped;

import org.jspecify.annotations.NullMarked;
