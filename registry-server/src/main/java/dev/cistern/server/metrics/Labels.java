package dev.cistern.server.metrics;

import java.util.Locale;

/** Writes constants of enums as labels. */
final class Labels {

  private Labels() {}

  /** In lower case: {@code free_space}. */
  static String of(Enum<?> value) {
    return value.name().toLowerCase(Locale.ROOT);
  }
}
