package dev.cistern.server.config;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;

/**
 * A section that is being read. To read a key is to declare it: each key is one line in the reader
 * of its section, and a key that no reader has asked for is unknown. Reading never fails. An error
 * goes to the report, and the reader gets a default.
 */
final class Section {

  private final Node.Mapping mapping;
  private final String name;
  private final Report report;
  private final Set<String> known = new LinkedHashSet<>();

  private Section(Node.Mapping mapping, String name, Report report) {
    this.mapping = mapping;
    this.name = name;
    this.report = report;
  }

  /** Reads the top of the file. */
  static <T> T read(Node.Mapping root, Report report, Function<Section, T> reader) {
    return new Section(root, "", report).readBy(reader);
  }

  private <T> T readBy(Function<Section, T> reader) {
    T result = reader.apply(this);
    mapping
        .entries()
        .forEach(
            (key, entry) -> {
              if (!known.contains(key)) {
                report.unknown(entry.key(), name, key, known);
                report.effective().unknown(entry);
              }
            });
    return result;
  }

  /** The value under a key; empty if there is none or if it is empty. */
  Optional<Node> node(String key) {
    return entry(key).map(Node.Entry::value).filter(node -> !node.isEmpty());
  }

  /** The key and its value, even if the value is empty. */
  Optional<Node.Entry> entry(String key) {
    known.add(key);
    report.known(name(key));
    report.effective().key(mapping, key);
    return Optional.ofNullable(mapping.entries().get(key));
  }

  /** The keys that the section has. */
  Set<String> keys() {
    return mapping.entries().keySet();
  }

  /** Whether there is a section under a key. Does not declare the key. */
  boolean hasSection(String key) {
    Node.Entry entry = mapping.entries().get(key);
    return entry != null && entry.value() instanceof Node.Mapping;
  }

  /** Whether the section under a key has a value. Does not declare the keys. */
  boolean hasValue(String key, String inner) {
    Node.Entry entry = mapping.entries().get(key);
    return entry != null
        && entry.value() instanceof Node.Mapping section
        && section.entries().containsKey(inner)
        && !section.entries().get(inner).value().isEmpty();
  }

  /** A section within this one, read as an empty one if it is missing. */
  <T> T section(String key, Function<Section, T> reader) {
    Node node = node(key).orElseGet(() -> Node.Mapping.empty(mapping.origin()));
    if (!(node instanceof Node.Mapping)) {
      error(node.origin(), key, "must be a section, not " + node.kind());
    }
    Node.Mapping inner =
        node instanceof Node.Mapping found ? found : Node.Mapping.empty(node.origin());
    report.effective().section(mapping, key, inner);
    return new Section(inner, name(key), report).readBy(reader);
  }

  /** The value under a key; empty if there is none or if it is wrong. */
  <T> Optional<T> optional(String key, ValueParser<T> parser) {
    return node(key).flatMap(node -> parse(key, node, parser));
  }

  <T> T value(String key, T otherwise, ValueParser<T> parser) {
    report.effective().otherwise(mapping, key, otherwise, parser);
    return optional(key, parser).orElse(otherwise);
  }

  /** A text. The empty text, which templates produce, counts as none. */
  Optional<String> text(String key) {
    return optional(key, ValueParser.TEXT).filter(text -> !text.isEmpty());
  }

  /** A path. The empty text counts as none. */
  Optional<Path> path(String key) {
    return text(key).isEmpty() ? Optional.empty() : optional(key, ValueParser.PATH);
  }

  /** A list of single values; a single value counts as a list of one. */
  <T> List<T> list(String key, ValueParser<T> parser) {
    return node(key).stream()
        .flatMap(node -> items(node).stream())
        .flatMap(item -> parse(key, item, parser).stream())
        .toList();
  }

  private static List<Node> items(Node node) {
    return node instanceof Node.Sequence sequence ? sequence.items() : List.of(node);
  }

  /**
   * Sections that each have a {@code name}: a list of them, in which a single value is a name
   * alone, or a section of sections with the names as keys. The reader gets a key {@code name} in
   * any case.
   */
  <T> List<T> named(String key, Function<Section, T> reader) {
    Optional<Node> found = node(key);
    List<Node.Mapping> sections = new ArrayList<>();
    if (found.isPresent() && found.get() instanceof Node.Mapping byName) {
      byName.entries().forEach((name, entry) -> addNamed(key, name, entry, sections));
    } else {
      found.stream()
          .flatMap(node -> items(node).stream())
          .forEach(item -> add(key, item, sections));
    }
    return sections.stream()
        .map(section -> new Section(section, name(key), report).readBy(reader))
        .toList();
  }

  private void add(String key, Node item, List<Node.Mapping> sections) {
    if (item instanceof Node.Scalar) {
      sections.add(
          Node.Mapping.empty(item.origin()).with("name", new Node.Entry(item.origin(), item)));
    } else if (!(item instanceof Node.Mapping mapping)) {
      error(item.origin(), key, "each item must be a section with a name, not " + item.kind());
    } else if (isNamed(mapping)) {
      mapping.entries().forEach((name, entry) -> addNamed(key, name, entry, sections));
    } else {
      sections.add(mapping);
    }
  }

  /** Whether this is a name with a section: {@code ghcr.io: {...}}. */
  private static boolean isNamed(Node.Mapping item) {
    return item.entries().size() == 1
        && item.entries().values().stream()
            .allMatch(entry -> entry.value() instanceof Node.Mapping || entry.value().isEmpty());
  }

  private void addNamed(String key, String name, Node.Entry entry, List<Node.Mapping> sections) {
    Node.Entry itsName = new Node.Entry(entry.key(), new Node.Scalar(entry.key(), name));
    if (entry.value() instanceof Node.Mapping mapping) {
      sections.add(mapping.entries().containsKey("name") ? mapping : mapping.with("name", itsName));
    } else if (entry.value().isEmpty()) {
      sections.add(Node.Mapping.empty(entry.key()).with("name", itsName));
    } else {
      error(entry.value().origin(), key, "each item must be a section with a name");
    }
  }

  /** Whether there is a list under a key. */
  boolean isList(String key) {
    return node(key).filter(Node.Sequence.class::isInstance).isPresent();
  }

  /**
   * A list of sections.
   *
   * @param keys the keys of a section, for messages
   */
  <T> List<T> sections(String key, String keys, Function<Section, T> reader) {
    List<T> results = new ArrayList<>();
    for (Node item : node(key).map(Section::items).orElse(List.of())) {
      if (item instanceof Node.Mapping mapping) {
        results.add(new Section(mapping, name(key), report).readBy(reader));
      } else {
        error(
            item.origin(), key, "each item must be a section of " + keys + ", not " + item.kind());
      }
    }
    return results;
  }

  /** A section of any keys with single values, as they are written. */
  Map<String, String> texts(String key) {
    Map<String, String> texts = new LinkedHashMap<>();
    eachOf(
        key,
        (name, node) ->
            parse(key + "." + name, node, ValueParser.TEXT)
                .ifPresent(text -> texts.put(name, text)));
    return texts;
  }

  /** A section of any keys with lists of single values; a single value counts as a list of one. */
  Map<String, List<String>> lists(String key) {
    Map<String, List<String>> lists = new LinkedHashMap<>();
    eachOf(
        key,
        (name, node) -> {
          lists.put(
              name,
              items(node).stream()
                  .flatMap(item -> parse(key + "." + name, item, ValueParser.TEXT).stream())
                  .toList());
        });
    return lists;
  }

  private interface FreeKey {
    void accept(String key, Node value);
  }

  private void eachOf(String key, FreeKey reader) {
    section(
        key,
        inner -> {
          inner
              .mapping
              .entries()
              .forEach(
                  (free, entry) -> {
                    inner.known.add(free);
                    if (!(entry.value() instanceof Node.Null)) {
                      reader.accept(free, entry.value());
                    }
                  });
          return inner;
        });
  }

  /** A key without effect: a warning. */
  void ignored(String key, String reason) {
    report.known(name(key), KeyUse.WITHOUT_EFFECT);
    node(key).ifPresent(node -> warning(place(key), key, "has no effect: " + reason));
  }

  /** A key that Cistern does not support and must not ignore: an error. */
  void refused(String key, String reason) {
    report.known(name(key), KeyUse.REFUSED);
    node(key).ifPresent(node -> error(place(key), key, reason));
  }

  /** Reports an error at a key, or at its section if the key is missing. */
  void error(String key, String text) {
    error(place(key), key, text);
  }

  /** Reports a warning at a key of the section. */
  void warning(String key, String text) {
    warning(place(key), key, text);
  }

  /** The place of a key, or of its section if the key is missing. */
  Origin place(String key) {
    Node.Entry entry = mapping.entries().get(key);
    return entry == null ? mapping.origin() : entry.key();
  }

  private <T> Optional<T> parse(String key, Node node, ValueParser<T> parser) {
    if (!(node instanceof Node.Scalar scalar)) {
      error(node.origin(), key, "must be a single value, not " + node.kind());
      return Optional.empty();
    }
    try {
      return Optional.of(parser.parse(scalar.text()));
    } catch (IllegalArgumentException e) {
      error(node.origin(), key, String.valueOf(e.getMessage()));
      return Optional.empty();
    }
  }

  private void error(Origin origin, String key, String text) {
    report.error(origin, name(key) + ": " + text);
  }

  private void warning(Origin origin, String key, String text) {
    report.warning(origin, name(key) + ": " + text);
  }

  /** The full name of a key, for messages. */
  String name(String key) {
    return KeyNames.join(name, key);
  }
}
