package dev.cistern.api;

import java.util.HashSet;
import java.util.Set;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;

/**
 * The different names of properties in a JSON document. The parser keeps each of them until its
 * end: a document that consists of names takes more than ten times its length. Documents that are
 * meant for anything have few. For one thread.
 */
final class PropertyNames {

  /** Far more than any document needs, as annotations have names of their own. */
  static final int MOST = 10_000;

  private final Set<String> names = new HashSet<>();

  /**
   * Adds a name.
   *
   * @return false when there are too many
   */
  boolean add(String name) {
    if (names.size() >= MOST) {
      return names.contains(name);
    }
    names.add(name);
    return true;
  }

  /**
   * Skips a value as {@link JsonParser#skipChildren} does, and adds the names in it.
   *
   * @return false when there are too many
   */
  boolean skip(JsonParser json) {
    int depth = 0;
    for (JsonToken token = json.currentToken(); token != null; token = json.nextToken()) {
      if (token.isStructStart()) {
        depth++;
      } else if (token.isStructEnd()) {
        depth--;
      } else if (token == JsonToken.PROPERTY_NAME && !add(json.currentName())) {
        return false;
      }
      if (depth == 0) {
        return true;
      }
    }
    return true;
  }
}
