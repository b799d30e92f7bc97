package dev.cistern.server.config;

import dev.cistern.api.Printable;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Collects all errors and warnings about a configuration, so that the operator sees them at once.
 * Messages name places and keys. The caller must not put a secret into a message.
 */
final class Report {

  private record Remark(Origin origin, String text) {
    String line() {
      return Printable.escaped(origin + ": " + text);
    }
  }

  private record Unknown(Origin origin, String section, String key, Set<String> siblings) {}

  private final List<Remark> errors = new ArrayList<>();
  private final List<Remark> warnings = new ArrayList<>();
  private final List<Unknown> unknown = new ArrayList<>();
  private final Map<String, KeyUse> known = new TreeMap<>();

  private final EffectiveValues effective = new EffectiveValues();

  /** What was read, for people who want to see it. */
  EffectiveValues effective() {
    return effective;
  }

  void error(Origin origin, String text) {
    errors.add(new Remark(origin, text));
  }

  void warning(Origin origin, String text) {
    warnings.add(new Remark(origin, text));
  }

  /** Notes that a key of this full name exists, for the advice on keys that do not. */
  void known(String name) {
    known.putIfAbsent(name, KeyUse.EFFECTIVE);
  }

  /** Notes what a key that exists is good for. */
  void known(String name, KeyUse use) {
    known.put(name, use);
  }

  /** Every key that was read, by full name, sections included. */
  Map<String, KeyUse> known() {
    return Map.copyOf(known);
  }

  /**
   * Notes a key that does not exist in a section ({@code ""} for the top), with the keys that do.
   */
  void unknown(Origin origin, String section, String key, Collection<String> siblings) {
    unknown.add(new Unknown(origin, section, key, new TreeSet<>(siblings)));
  }

  /** The warnings, one line each, in the order of the file. */
  List<String> warnings() {
    return lines(warnings);
  }

  /**
   * Call it once, after the whole file has been read: then all existing keys are known.
   *
   * @param log how to log the errors
   */
  void throwIfErrors(LogConfig log) throws ConfigException {
    unknown.forEach(this::judge);
    unknown.clear();
    if (!errors.isEmpty()) {
      throw new ConfigException(lines(errors), warnings(), log);
    }
  }

  /**
   * Kubernetes sets variables such as {@code REGISTRY_PORT} in each container if a service has the
   * name "registry". So an unknown key in a variable is only a warning, as in Distribution.
   */
  private void judge(Unknown key) {
    String name = KeyNames.join(key.section(), key.key());
    String nearest = NearestKey.to(key.section(), key.key(), key.siblings(), known.keySet());
    if (key.origin() instanceof Origin.InName) {
      warning(key.origin(), "ignored: unknown key " + name + "; nearest known key: " + nearest);
    } else {
      error(key.origin(), name + ": unknown key; nearest known key: " + nearest);
    }
  }

  private static List<String> lines(List<Remark> remarks) {
    return remarks.stream()
        .sorted(Comparator.comparing(Remark::origin, Origin.ORDER))
        .map(Remark::line)
        .distinct()
        .toList();
  }
}
