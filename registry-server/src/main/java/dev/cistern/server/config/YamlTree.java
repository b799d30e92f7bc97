package dev.cistern.server.config;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.TokenStreamLocation;
import tools.jackson.dataformat.yaml.YAMLFactory;
import tools.jackson.dataformat.yaml.YAMLParser;

/**
 * Reads one YAML document into a tree of values with their places.
 *
 * <p>Bounded for any input: aliases share the anchored value instead of copying it, an anchored
 * value cannot contain its own alias, and the depth is limited. Scalars keep their text, so that a
 * password {@code 0123} or {@code 1e3} does not change. Only null has a meaning here.
 */
final class YamlTree {

  private static final int MAX_DEPTH = 32;

  /** Takes the keys of other sections (YAML 1.1, which Distribution reads). */
  private static final String MERGE = "<<";

  private static final YAMLFactory FACTORY = YAMLFactory.builder().build();

  /** Names a place in the text. Line and column start at 1. */
  interface Places {
    Origin at(int line, int column);
  }

  private final YAMLParser parser;
  private final Places places;
  private final Report report;
  private final Map<String, Node> anchors = new HashMap<>();

  private YamlTree(YAMLParser parser, Places places, Report report) {
    this.parser = parser;
    this.places = places;
    this.report = report;
  }

  /**
   * Reads the text; no document at all is null. A key that a section has twice goes to the report.
   *
   * @throws YamlException if the text is not one YAML document, or exceeds the limits
   */
  static Node read(String text, Places places, Report report) throws YamlException {
    refuseControlCharacters(text);
    try (JsonParser parser = FACTORY.createParser(ObjectReadContext.empty(), text)) {
      return new YamlTree((YAMLParser) parser, places, report).document();
    } catch (JacksonException e) {
      throw YamlSyntax.explain(e);
    }
  }

  private Node document() throws YamlException {
    if (parser.nextToken() == null) {
      return new Node.Null(places.at(1, 1));
    }
    Node root = value(0);
    if (parser.nextToken() != null) {
      throw problem("a second document starts here; a configuration has only one");
    }
    return root;
  }

  private Node value(int depth) throws YamlException {
    if (depth > MAX_DEPTH) {
      throw problem("the nesting is deeper than " + MAX_DEPTH + " levels");
    }
    if (parser.isCurrentAlias()) {
      Node anchored = anchors.get(parser.getString());
      if (anchored == null) {
        // The parser does not tell of anchors of single values.
        throw problem(
            "this alias names no list and no section that is before it; write a single value again,"
                + " and put one that starts with * in quotes");
      }
      return anchored;
    }
    String anchor = parser.getObjectId();
    Node node =
        switch (parser.currentToken()) {
          case START_OBJECT -> mapping(depth);
          case START_ARRAY -> sequence(depth);
          case VALUE_NULL -> new Node.Null(here());
          case VALUE_EMBEDDED_OBJECT -> throw problem("binary values are not supported");
          default -> scalar(parser.getString());
        };
    if (anchor != null) {
      anchors.put(anchor, node);
    }
    return node;
  }

  // The parser turns "null" and an empty value into null, but not the tilde.
  private Node scalar(String text) {
    return text.equals("~") ? new Node.Null(here()) : new Node.Scalar(here(), text);
  }

  private Node sequence(int depth) throws YamlException {
    Origin origin = here();
    List<Node> items = new ArrayList<>();
    while (parser.nextToken() != JsonToken.END_ARRAY) {
      items.add(value(depth + 1));
    }
    return new Node.Sequence(origin, items);
  }

  private Node mapping(int depth) throws YamlException {
    Origin origin = here();
    Map<String, Node.Entry> entries = new LinkedHashMap<>();
    List<Node.Mapping> merged = new ArrayList<>();
    while (parser.nextToken() != JsonToken.END_OBJECT) {
      String key = parser.currentName();
      Origin place = here();
      parser.nextToken();
      if (key.equals(MERGE)) {
        merge(value(depth + 1), merged);
        continue;
      }
      Node.Entry before = entries.putIfAbsent(key, new Node.Entry(place, value(depth + 1)));
      if (before != null) {
        report.error(place, key + ": duplicate key; it is already set at " + before.key());
      }
    }
    merged.forEach(other -> other.entries().forEach(entries::putIfAbsent));
    return new Node.Mapping(origin, entries);
  }

  private void merge(Node from, List<Node.Mapping> merged) throws YamlException {
    List<Node> all = from instanceof Node.Sequence list ? list.items() : List.of(from);
    for (Node node : all) {
      if (!(node instanceof Node.Mapping section)) {
        throw problem("<< must name a section, or a list of sections");
      }
      merged.add(section);
    }
  }

  private Origin here() {
    TokenStreamLocation at = parser.currentTokenLocation();
    return places.at(at.getLineNr(), at.getColumnNr());
  }

  private YamlException problem(String message) {
    TokenStreamLocation at = parser.currentTokenLocation();
    return new YamlException(at.getLineNr(), at.getColumnNr(), message);
  }

  // The parser refuses them too, but does not say where they are.
  private static void refuseControlCharacters(String text) throws YamlException {
    int line = 1;
    int column = 1;
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c == '\n') {
        line++;
        column = 0;
      } else if (Character.isISOControl(c) && c != '\t' && c != '\r' && c != '\u0085') {
        throw new YamlException(
            line, column, String.format("there is a control character (U+%04X)", (int) c));
      }
      column++;
    }
  }
}
