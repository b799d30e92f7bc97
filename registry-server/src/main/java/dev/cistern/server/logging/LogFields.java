package dev.cistern.server.logging;

import java.util.Map;

/**
 * An event that has several parts: as the one argument of a log call, it takes the message's place
 * in text, and each part is a member of its own in JSON. Immutable.
 */
public interface LogFields {

  /** The whole event in one line, with values that others chose written by {@link TextValue}. */
  String text();

  /** The parts by name, in the order in which they are written: strings and numbers. */
  Map<String, Object> fields();
}
