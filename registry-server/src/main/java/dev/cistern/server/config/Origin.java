package dev.cistern.server.config;

import java.util.Comparator;

/** Where a key or value was written; {@code toString} is how messages name the place. */
sealed interface Origin {

  /** The file's places in the order of the file, then the environment's by name. */
  Comparator<Origin> ORDER =
      Comparator.comparing((Origin origin) -> !(origin instanceof InFile))
          .thenComparing(origin -> origin instanceof InFile at ? at.line() : 0)
          .thenComparing(origin -> origin instanceof InFile at ? at.column() : 0)
          .thenComparing(Origin::toString);

  /** In the file; line and column count from 1. */
  record InFile(String file, int line, int column) implements Origin {
    @Override
    public String toString() {
      return file + ":" + line;
    }
  }

  /**
   * Made by the name of an environment variable: {@code REGISTRY_HTTP_ADDR} makes {@code http} and
   * {@code addr}.
   */
  record InName(String variable) implements Origin {
    @Override
    public String toString() {
      return variable;
    }
  }

  /** In the value of an environment variable, which may be a whole section. */
  record InValue(String variable) implements Origin {
    @Override
    public String toString() {
      return variable;
    }
  }

  /** Nowhere: what applies when nothing is written. */
  record Defaults() implements Origin {
    @Override
    public String toString() {
      return "defaults";
    }
  }
}
