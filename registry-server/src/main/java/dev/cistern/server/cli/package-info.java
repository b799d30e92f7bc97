/**
 * The command line. {@link dev.cistern.server.cli.CommandLineInterface} knows the commands and
 * turns every result into an exit code. {@link dev.cistern.server.cli.ServerRunner} runs the
 * server. Commands for a store open it by {@code ConfiguredStore}. Their results print themselves
 * for people or as JSON, see {@link dev.cistern.server.report}.
 */
@NullMarked
package dev.cistern.server.cli;

import org.jspecify.annotations.NullMarked;
