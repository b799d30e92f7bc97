package dev.cistern.server.auth;

import dev.cistern.api.Route;
import dev.cistern.server.http.Asked;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * What a valid token allows.
 *
 * @param user the subject of the token; empty for an anonymous one
 * @param actions by resource, such as {@code repository:library/alpine}
 * @param expires when the token is not valid any more
 */
record Grant(String user, Map<String, Set<String>> actions, Instant expires) {

  private static final String ANY = "*";

  /**
   * What a request needs.
   *
   * @param resource such as {@code repository:library/alpine}
   * @param action such as {@code pull}
   */
  record Scope(String resource, String action) {

    /** As a challenge has it. */
    @Override
    public String toString() {
      return resource + ":" + action;
    }

    /** What a request needs; empty if any valid token is enough. */
    static Optional<Scope> of(Asked asked) {
      if (asked.route() instanceof Route.CatalogRoute) {
        return Optional.of(new Scope("registry:catalog", ANY));
      }
      return asked.name().isEmpty()
          ? Optional.empty()
          : Optional.of(new Scope("repository:" + asked.name(), "pull"));
    }
  }

  Grant {
    actions = Map.copyOf(actions);
  }

  /**
   * Reads the claim {@code access}. What is not as it should be grants nothing.
   *
   * @param access the value of the claim, as JSON is parsed
   */
  static Map<String, Set<String>> actions(Object access) {
    Map<String, Set<String>> actions = new HashMap<>();
    for (Object entry : access instanceof List<?> list ? list : List.of()) {
      if (entry instanceof Map<?, ?> item
          && item.get("type") instanceof String type
          && item.get("name") instanceof String name) {
        // A class, as in repository(plugin), is not part of what is asked for.
        int plain = type.indexOf('(');
        String resource = (plain < 0 ? type : type.substring(0, plain)) + ":" + name;
        actions.computeIfAbsent(resource, unused -> new HashSet<>()).addAll(texts(item));
      }
    }
    return actions;
  }

  private static List<String> texts(Map<?, ?> item) {
    List<String> texts = new ArrayList<>();
    for (Object action : item.get("actions") instanceof List<?> list ? list : List.of()) {
      if (action instanceof String text) {
        texts.add(text);
      }
    }
    return texts;
  }

  /** Whether this allows what a request needs. */
  boolean allows(Scope scope) {
    Set<String> allowed = actions.getOrDefault(scope.resource(), Set.of());
    return allowed.contains(scope.action()) || allowed.contains(ANY);
  }
}
