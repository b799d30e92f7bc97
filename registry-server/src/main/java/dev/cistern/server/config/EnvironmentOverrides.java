package dev.cistern.server.config;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;

/**
 * Overrides keys of the file by {@code REGISTRY_A_B_C=value}, as Distribution does. Each part of
 * the name is a key, in upper or lower case, or an index of a list. The value is YAML and replaces
 * the old one. The order is that of the names, so that the variable of a section comes before those
 * of its keys. A missing section is added, with keys in lower case. An index may be one past the
 * end of its list, to add an item.
 */
final class EnvironmentOverrides {

  static final String PREFIX = "REGISTRY_";

  /** Names the file; overrides no key. */
  static final String CONFIGURATION_PATH = "REGISTRY_CONFIGURATION_PATH";

  /** Podman's file of credentials. It is often set in a login session and means nothing here. */
  private static final String PODMAN_CREDENTIALS = "REGISTRY_AUTH_FILE";

  /** Kubernetes sets variables with the number of a port, which is longer, in the same place. */
  private static final Pattern LATER_ITEM = Pattern.compile("[1-9]\\d?");

  /** After something else on its line. */
  private static final Pattern COMMENT = Pattern.compile("\\S[ \t]+#");

  private final Report report;

  EnvironmentOverrides(Report report) {
    this.report = report;
  }

  Node.Mapping apply(Node.Mapping root, Map<String, String> environment) {
    Node.Mapping result = Shorthand.expand(root);
    for (Map.Entry<String, String> variable : new TreeMap<>(environment).entrySet()) {
      String name = variable.getKey();
      if (name.length() > PREFIX.length()
          && name.startsWith(PREFIX)
          && !name.equals(CONFIGURATION_PATH)
          && !name.equals(PODMAN_CREDENTIALS)) {
        List<String> path = List.of(name.substring(PREFIX.length()).split("_", -1));
        result = Shorthand.expand(setKey(result, path, name, variable.getValue()));
      }
    }
    return result;
  }

  private Node set(Node node, List<String> path, String variable, String value) {
    if (path.isEmpty()) {
      return parse(variable, value);
    }
    if (node instanceof Node.Mapping mapping) {
      return setKey(mapping, path, variable, value);
    }
    if (node instanceof Node.Sequence sequence) {
      return setItem(sequence, path, variable, value);
    }
    if (node instanceof Node.Null) {
      Origin origin = new Origin.InName(variable);
      if (LATER_ITEM.matcher(path.get(0)).matches()) {
        report.error(origin, withoutFirst(path, variable));
        return node;
      }
      return path.get(0).equals("0")
          ? setItem(new Node.Sequence(origin, List.of()), path, variable, value)
          : setKey(Node.Mapping.empty(origin), path, variable, value);
    }
    report.warning(
        new Origin.InName(variable),
        "ignored: a part of this name is a single value, not a section");
    return node;
  }

  private static String withoutFirst(List<String> path, String variable) {
    String list = variable.substring(0, variable.length() - String.join("_", path).length());
    String first = String.join("_", path.subList(1, path.size()));
    return "is item "
        + path.get(0)
        + " of a list that has no item 0; begin with "
        + list
        + (first.isEmpty() ? "0" : "0_" + first);
  }

  private Node.Mapping setKey(
      Node.Mapping mapping, List<String> path, String variable, String value) {
    String key = mapping.keyLike(path.get(0)).orElse(path.get(0).toLowerCase(Locale.ROOT));
    Node.Entry before = mapping.entries().get(key);
    Origin made = new Origin.InName(variable);
    Node old = before == null ? new Node.Null(made) : before.value();
    Node changed = set(old, path.subList(1, path.size()), variable, value);
    Origin place = before == null || path.size() == 1 ? made : before.key();
    return mapping.with(key, new Node.Entry(place, changed));
  }

  private Node setItem(Node.Sequence sequence, List<String> path, String variable, String value) {
    List<Node> items = new ArrayList<>(sequence.items());
    int index = index(path.get(0), items.size());
    if (index < 0) {
      report.error(
          new Origin.InName(variable),
          "'"
              + path.get(0)
              + "' is not an index from 0 to "
              + items.size()
              + "; the list has "
              + (items.size() == 1 ? "1 item" : items.size() + " items"));
      return sequence;
    }
    List<String> rest = path.subList(1, path.size());
    if (index == items.size()) {
      items.add(new Node.Null(new Origin.InName(variable)));
    }
    items.set(index, set(items.get(index), rest, variable, value));
    return new Node.Sequence(sequence.origin(), items);
  }

  /** -1 if it is neither an index of the list nor its end. */
  private static int index(String text, int size) {
    return text.matches("\\d{1,6}") && Integer.parseInt(text) <= size ? Integer.parseInt(text) : -1;
  }

  private static long comments(String text) {
    return COMMENT.matcher(text).results().count();
  }

  /** What looks like a comment in values and keys, and is none. */
  private static long comments(Node node) {
    long count = 0;
    if (node instanceof Node.Scalar scalar) {
      count = comments(scalar.text());
    } else if (node instanceof Node.Sequence sequence) {
      for (Node item : sequence.items()) {
        count += comments(item);
      }
    } else if (node instanceof Node.Mapping mapping) {
      for (Map.Entry<String, Node.Entry> entry : mapping.entries().entrySet()) {
        count += comments(entry.getKey()) + comments(entry.getValue().value());
      }
    }
    return count;
  }

  private Node parse(String variable, String value) {
    try {
      Node node = YamlTree.read(value, (line, column) -> new Origin.InValue(variable), report);
      if (comments(value) > comments(node)) {
        // Such as a password that would lose its end.
        report.warning(
            new Origin.InName(variable),
            "what follows ' #' is a comment; put the value in single quotes if it is not");
      }
      return node;
    } catch (YamlException e) {
      report.error(
          new Origin.InName(variable),
          "the value is not valid YAML at character "
              + e.column()
              + ": "
              + e.getMessage()
              + ". If it is plain text, put it in single quotes");
      return new Node.Null(new Origin.InValue(variable));
    }
  }
}
