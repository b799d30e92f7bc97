/**
 * A custom storage driver: {@link dev.cistern.examples.striped.StripedDriver}. A server finds it by
 * its {@link dev.cistern.examples.striped.StripedDriverFactory} under {@code storage.striped} in
 * the configuration. {@code StripedDriverContractTest} tests it against the contract of all
 * drivers.
 */
@NullMarked
package dev.cistern.examples.striped;

import org.jspecify.annotations.NullMarked;
