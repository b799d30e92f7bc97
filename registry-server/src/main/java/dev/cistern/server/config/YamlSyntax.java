package dev.cistern.server.config;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import tools.jackson.core.JacksonException;
import tools.jackson.core.TokenStreamLocation;

/**
 * Says in a sentence what is wrong with YAML text. The parser's own messages quote the text, which
 * may hold a password, so they are recognised and never passed on.
 */
final class YamlSyntax {

  private static final Pattern MARK = Pattern.compile("line (\\d+), column (\\d+)");

  /** From a part of the parser's message to the sentence; the first that fits counts. */
  private static final Map<String, String> SENTENCES = new LinkedHashMap<>();

  static {
    SENTENCES.put("(TAB)", "a tab; indent with spaces");
    SENTENCES.put(
        "mapping values are not allowed",
        "a second ': ' in one line; quote the value, or break the line");
    SENTENCES.put("while scanning a quoted scalar", "a quoted value begins here and does not end");
    SENTENCES.put(
        "unknown escape", "an unknown escape in a double-quoted value; use single quotes");
    SENTENCES.put(
        "that cannot start any token",
        "a character that must be quoted at the beginning of a value");
    SENTENCES.put("while scanning an alias", "a value that begins with * must be quoted");
    SENTENCES.put("while scanning an anchor", "a value that begins with & must be quoted");
    SENTENCES.put("while parsing a flow sequence", "a list in [brackets] lacks a comma or its end");
    SENTENCES.put("while parsing a flow mapping", "a section in {braces} lacks a comma or its end");
    SENTENCES.put("could not find expected ':'", "a key without a colon");
    SENTENCES.put("<block end>", "indented otherwise than the lines that it belongs to");
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
    // The location is that of the last good token. The message ends with the place of the problem;
    // that of an
    // unclosed quote is the end of the text, and where the quote opened is of more use.
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
        .orElse("this is not YAML");
  }
}
