package dev.cistern.server.config;

import java.util.Comparator;

/** Where a key or value was written. Messages name the place by {@code toString}. */
sealed interface Origin {

  /** Places in the file in their order, then the environment by name. */
  Comparator<Origin> ORDER =
      Comparator.comparing((Origin origin) -> !(origin instanceof InFile))
          .thenComparing(origin -> origin instanceof InFile at ? at.line() : 0)
          .thenComparing(origin -> origin instanceof InFile at ? at.column() : 0)
          .thenComparing(Origin::toString);

  /** In the file. Line and column start at 1. */
  record InFile(String file, int line, int column) implements Origin {
    @Override
    public String toString() {
      return file + ":" + line;
    }
  }

  /**
   * In the name of an environment variable: {@code REGISTRY_HTTP_ADDR} names {@code http} and
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

  /** Nowhere: the default of what is not written. */
  record Defaults() implements Origin {
    @Override
    public String toString() {
      return "defaults";
    }
  }
}
