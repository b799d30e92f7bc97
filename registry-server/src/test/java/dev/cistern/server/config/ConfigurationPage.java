package dev.cistern.server.config;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The tables of {@code docs/configuration.md}. */
final class ConfigurationPage {

  private static final Path FILE = Path.of("..", "docs", "configuration.md");

  private static final Pattern THREE_COLUMNS =
      Pattern.compile("^\\| `([a-z0-9.]+)` \\| ([^|]*) \\| ([^|]+) \\|$", Pattern.MULTILINE);

  private static final Pattern TWO_COLUMNS =
      Pattern.compile("^\\| `([a-z0-9.]+)` \\| ([^|]+) \\|$", Pattern.MULTILINE);

  private static final Pattern LITERAL = Pattern.compile("`([^`]+)`");

  private final String text;

  private ConfigurationPage(String text) {
    this.text = text;
  }

  static ConfigurationPage read() {
    try {
      return new ConfigurationPage(Files.readString(FILE));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** A row of the tables that have the columns key, default and effect. */
  record Key(String name, String defaultCell) {

    /** The default as one would write it into the file; empty when the cell says it in words. */
    Optional<String> literalDefault() {
      return Optional.of(LITERAL.matcher(defaultCell))
          .filter(Matcher::matches)
          .map(match -> match.group(1));
    }

    @Override
    public String toString() {
      return name;
    }
  }

  List<Key> keys() {
    return THREE_COLUMNS
        .matcher(text)
        .results()
        .map(row -> new Key(row.group(1), row.group(2)))
        .toList();
  }

  /** The keys of the two-column table under a heading of the second level. */
  List<String> keysUnder(String heading) {
    String section = text.split("\n## " + Pattern.quote(heading) + "\n", 2)[1].split("\n## ", 2)[0];
    return TWO_COLUMNS.matcher(section).results().map((MatchResult row) -> row.group(1)).toList();
  }
}
