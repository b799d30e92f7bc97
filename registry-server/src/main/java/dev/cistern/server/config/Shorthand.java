package dev.cistern.server.config;

import java.util.List;
import java.util.Map;

/**
 * Expands {@code storage: inmemory} to {@code storage: {inmemory: }}, as Distribution does, and
 * {@code auth} likewise.
 */
final class Shorthand {

  private static final List<String> SECTIONS = List.of("storage", "auth");

  private Shorthand() {}

  static Node.Mapping expand(Node.Mapping root) {
    Node.Mapping result = root;
    for (String section : SECTIONS) {
      Node.Entry entry = root.entries().get(section);
      if (entry != null && entry.value() instanceof Node.Scalar kind) {
        Node.Entry inner = new Node.Entry(kind.origin(), new Node.Null(kind.origin()));
        result =
            result.with(
                section,
                new Node.Entry(
                    entry.key(), new Node.Mapping(kind.origin(), Map.of(kind.text(), inner))));
      }
    }
    return result;
  }
}
