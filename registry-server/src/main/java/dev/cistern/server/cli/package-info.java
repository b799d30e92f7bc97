/**
 * The command line. {@link dev.cistern.server.cli.CommandLineInterface} knows the commands and
 * turns every outcome into an exit code; what serving means comes in through {@link
 * dev.cistern.server.cli.ServerRunner}. Commands over a store get it from {@code ConfiguredStore},
 * and their results, such as {@code GarbageResult}, print themselves for people or as {@code Json}.
 */
@NullMarked
package dev.cistern.server.cli;

import org.jspecify.annotations.NullMarked;
