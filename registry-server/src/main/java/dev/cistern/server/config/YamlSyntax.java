package dev.cistern.server.config;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import tools.jackson.core.JacksonException;
import tools.jackson.core.TokenStreamLocation;

/**
 * Explains what is wrong with YAML text. The messages of the parser quote the text, which may
 * contain a password. So this class replaces them by its own.
 */
final class YamlSyntax {

  private static final Pattern MARK = Pattern.compile("line (\\d+), column (\\d+)");

  /** From a part of the parser's message to an explanation; the first match counts. */
  private static final Map<String, String> SENTENCES = new LinkedHashMap<>();

  static {
    SENTENCES.put("(TAB)", "there is a tab; indent with spaces");
    SENTENCES.put(
        "mapping values are not allowed",
        "there is a second ': ' in one line; put the value in quotes, or start a new line");
    SENTENCES.put(
        "while scanning a quoted scalar", "a value in quotes starts here and has no closing quote");
    SENTENCES.put(
        "unknown escape",
        "there is an unknown escape sequence in double quotes; use single quotes");
    SENTENCES.put(
        "that cannot start any token",
        "a value cannot start with this character; put the value in quotes");
    SENTENCES.put("while scanning an alias", "a value that starts with * must be in quotes");
    SENTENCES.put("while scanning an anchor", "a value that starts with & must be in quotes");
    SENTENCES.put(
        "while parsing a flow sequence", "a list in [brackets] needs a comma or a closing bracket");
    SENTENCES.put(
        "while parsing a flow mapping", "a section in {braces} needs a comma or a closing brace");
    SENTENCES.put("could not find expected ':'", "a key needs a colon after it");
    SENTENCES.put("<block end>", "the indentation differs from the lines before it");
    SENTENCES.put("Expected a property name", "a key must be a single value");
  }

  private YamlSyntax() {}

  static YamlException explain(JacksonException e) {
    String message = e.getOriginalMessage();
    int line = 1;
    int column = 1;
    TokenStreamLocation location = e.getLocation();
    if (location != null && location.getLineNr() > 0) {
      line = location.getLineNr();
      column = Math.max(1, location.getColumnNr());
    }
    // The location is the last correct token. The message ends with the place of the problem. For
    // an unclosed quote that is the end of the text; the place of the quote is more useful.
    boolean first = message.contains("quoted scalar") && message.contains("end of stream");
    Matcher mark = MARK.matcher(message);
    while (mark.find()) {
      line = Integer.parseInt(mark.group(1));
      column = Integer.parseInt(mark.group(2));
      if (first) {
        break;
      }
    }
    return new YamlException(line, column, sentence(message));
  }

  private static String sentence(String message) {
    return SENTENCES.entrySet().stream()
        .filter(entry -> message.contains(entry.getKey()))
        .map(Map.Entry::getValue)
        .findFirst()
        .orElse("this is not valid YAML");
  }
}
