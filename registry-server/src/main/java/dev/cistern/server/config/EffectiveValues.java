package dev.cistern.server.config;

import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Which keys the sections of a configuration have, which sections are within others, and which
 * defaults applied. Sections and entries are compared by identity, because two of them may look the
 * same.
 */
final class EffectiveValues {

  /** A key that was asked for. */
  static final class Asked {
    Optional<Node.Mapping> section = Optional.empty();
    Supplier<Optional<String>> otherwise = Optional::empty;
  }

  private final IdentityHashMap<Node.Mapping, Map<String, Asked>> sections =
      new IdentityHashMap<>();

  private final Set<Node.Entry> unknown = Collections.newSetFromMap(new IdentityHashMap<>());

  private Asked asked(Node.Mapping section, String key) {
    return sections
        .computeIfAbsent(section, unseen -> new LinkedHashMap<>())
        .computeIfAbsent(key, unseen -> new Asked());
  }

  /** No reader asked for an entry. */
  void unknown(Node.Entry entry) {
    unknown.add(entry);
  }

  /** Whether no reader asked for an entry. */
  boolean isUnknown(Node.@Nullable Entry entry) {
    return unknown.contains(entry);
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
