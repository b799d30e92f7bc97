package dev.cistern.server.config;

import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * How to log the errors of a file that cannot be read as a whole: what its section {@code log}
 * says, if that can be read alone, and what the environment says.
 */
final class LogSection {

  /** The section and its lines, up to the next line that begins another one. */
  private static final Pattern SECTION = Pattern.compile("(?m)^log[ \t]*:.*(?:\\R(?:[ \t#].*)?)*");

  private LogSection() {}

  /**
   * The section, as far as it can be read.
   *
   * @param text the file; empty if there is none
   */
  static LogConfig of(String text, Map<String, String> environment) {
    // Errors of this section are not the ones to tell: they may come from reading it alone.
    Report report = new Report();
    Node.Mapping root = new EnvironmentOverrides(report).apply(section(text), environment);
    return Section.read(
        root,
        report,
        top -> top.section("log", log -> LogReader.read(log, LogConfig.DEFAULT.level())));
  }

  private static Node.Mapping section(String text) {
    Matcher section = SECTION.matcher(text);
    if (section.find()) {
      try {
        Node root =
            YamlTree.read(section.group(), (line, column) -> new Origin.Defaults(), new Report());
        if (root instanceof Node.Mapping mapping) {
          return mapping;
        }
      } catch (YamlException e) {
        // The error is in this section: then the default is all that there is.
      }
    }
    return Node.Mapping.empty(new Origin.Defaults());
  }
}
