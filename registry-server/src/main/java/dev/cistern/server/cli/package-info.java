/**
 * The command line. {@link dev.cistern.server.cli.CommandLineInterface} knows the commands and
 * turns every outcome into an exit code; what serving means comes in through {@link
 * dev.cistern.server.cli.ServerRunner}.
 */
@NullMarked
package dev.cistern.server.cli;

import org.jspecify.annotations.NullMarked;
