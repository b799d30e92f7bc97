package dev.cistern.server.config;

import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * Which keys the sections of a configuration have, which sections are within others, and which
 * defaults applied. Sections are compared by identity, because two of them may look the same.
 */
final class EffectiveValues {

  /** A key that was asked for. */
  static final class Asked {
    Optional<Node.Mapping> section = Optional.empty();
    Supplier<Optional<String>> otherwise = Optional::empty;
  }

  private final IdentityHashMap<Node.Mapping, Map<String, Asked>> sections =
      new IdentityHashMap<>();

  private Asked asked(Node.Mapping section, String key) {
    return sections
        .computeIfAbsent(section, unseen -> new LinkedHashMap<>())
        .computeIfAbsent(key, unseen -> new Asked());
  }

  /** A key was asked for. */
  void key(Node.Mapping section, String key) {
    Asked unused = asked(section, key);
  }

  /** A section was read as part of another one. */
  void section(Node.Mapping section, String key, Node.Mapping inner) {
    asked(section, key).section = Optional.of(inner);
  }

  /** A default applies if a key has no value. */
  <T> void otherwise(Node.Mapping section, String key, T value, ValueParser<T> parser) {
    asked(section, key).otherwise = () -> DefaultText.of(value, parser);
  }

  /** The keys that were asked for, in that order. */
  Map<String, Asked> keys(Node.Mapping section) {
    return sections.getOrDefault(section, Map.of());
  }
}
