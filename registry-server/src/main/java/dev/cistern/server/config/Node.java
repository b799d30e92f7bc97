package dev.cistern.server.config;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * A YAML value with its place in the text. Immutable, so that aliases can share an anchored value.
 */
sealed interface Node {

  Origin origin();

  /** The name of this kind of value in messages. */
  String kind();

  /** Whether it is null, or a section or list without content. */
  boolean isEmpty();

  /** A single value, as the text that was written. The reader of the key knows its type. */
  record Scalar(Origin origin, String text) implements Node {
    @Override
    public String kind() {
      return "a single value";
    }

    @Override
    public boolean isEmpty() {
      return false;
    }

    /** Without the text, which may be a secret. */
    @Override
    public String toString() {
      return "Scalar[" + origin + "]";
    }
  }

  /** Nothing: {@code key:}, {@code key: null} or {@code key: ~}. */
  record Null(Origin origin) implements Node {
    @Override
    public String kind() {
      return "nothing";
    }

    @Override
    public boolean isEmpty() {
      return true;
    }
  }

  /** A list. */
  record Sequence(Origin origin, List<Node> items) implements Node {
    public Sequence {
      items = List.copyOf(items);
    }

    @Override
    public String kind() {
      return "a list";
    }

    @Override
    public boolean isEmpty() {
      return items.isEmpty();
    }
  }

  /** A section: keys in the order they were written, no key twice. */
  record Mapping(Origin origin, Map<String, Entry> entries) implements Node {
    public Mapping {
      entries = Collections.unmodifiableMap(new LinkedHashMap<>(entries));
    }

    static Mapping empty(Origin origin) {
      return new Mapping(origin, Map.of());
    }

    @Override
    public String kind() {
      return "a section";
    }

    @Override
    public boolean isEmpty() {
      return entries.isEmpty();
    }

    /** The key of this section that equals {@code name} without regard to case. */
    Optional<String> keyLike(String name) {
      String wanted = name.toLowerCase(Locale.ROOT);
      return entries.keySet().stream()
          .filter(key -> key.toLowerCase(Locale.ROOT).equals(wanted))
          .findFirst();
    }

    /** This section with one entry set. An existing key keeps its position. */
    Mapping with(String key, Entry entry) {
      Map<String, Entry> changed = new LinkedHashMap<>(entries);
      changed.put(key, entry);
      return new Mapping(origin, changed);
    }
  }

  /** A value under a key, with the place of the key. */
  record Entry(Origin key, Node value) {}
}
