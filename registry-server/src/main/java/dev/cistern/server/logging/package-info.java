/**
 * Where log lines go and how they look. {@link dev.cistern.server.logging.Logging} sets Logback up
 * from the {@code log} section: one line an event on standard error, for people or as JSON. An
 * event with fields is a {@link dev.cistern.server.logging.LogFields}.
 */
@NullMarked
package dev.cistern.server.logging;

import org.jspecify.annotations.NullMarked;
