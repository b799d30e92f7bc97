package dev.cistern.server.logging;

import java.util.Map;

/**
 * An event with fields, as the only argument of a log call. In text, {@link #text} replaces the
 * message; in JSON, each field is a member. Immutable.
 */
public interface LogFields {

  /** The event as one line. Values from outside must be written by {@link TextValue}. */
  String text();

  /** The fields by name, in the order of the line: strings and numbers. */
  Map<String, Object> fields();
}
