/**
 * The command line. {@link dev.cistern.server.cli.CommandLineInterface} knows the commands and
 * turns every result into an exit code. {@link dev.cistern.server.cli.ServerRunner} runs the
 * server. Commands for a store open it by {@code ConfiguredStore}. Their results, such as {@code
 * GarbageResult}, print themselves for people or as {@code Json}.
 */
@NullMarked
package dev.cistern.server.cli;

import org.jspecify.annotations.NullMarked;
