package dev.cistern.server.auth;

import dev.cistern.api.Route;
import dev.cistern.proxy.policy.AccessRules;
import dev.cistern.proxy.policy.ImagePattern;
import dev.cistern.server.http.Asked;
import dev.cistern.server.http.Guard;
import java.util.List;

/**
 * What clients may pull without a login. For these images, the credentials that a client sends are
 * not looked at: they may be those of another registry.
 *
 * <p>The endpoint {@code /v2/} needs a login even where some images do not: Docker asks there, and
 * nowhere else, whether to send its login. It needs none if all images may be pulled without.
 */
final class AnonymousPulls {

  private static final String ALL = "*";

  private final List<ImagePattern> patterns;
  private final AccessRules rules;
  private final boolean all;

  /**
   * @param patterns of names in the cache
   */
  AnonymousPulls(List<ImagePattern> patterns) {
    this.patterns = List.copyOf(patterns);
    rules = new AccessRules(patterns, List.of(), List.of());
    all = patterns.stream().anyMatch(pattern -> pattern.toString().equals(ALL));
  }

  /** Asks {@code guard} about everything else. */
  Guard or(Guard guard) {
    return patterns.isEmpty()
        ? guard
        : (exchange, asked, next) -> {
          if (asked.filter(this::allows).isPresent()) {
            next.handleRequest(exchange);
          } else {
            guard.admit(exchange, asked, next);
          }
        };
  }

  private boolean allows(Asked asked) {
    Route route = asked.route();
    if (route instanceof Route.ManifestRoute manifest) {
      return rules.refusal(manifest.name(), manifest.reference()).isEmpty();
    } else if (route instanceof Route.BlobRoute blob) {
      return rules.refusal(blob.name()).isEmpty();
    } else if (route instanceof Route.TagsRoute tags) {
      return rules.refusal(tags.name()).isEmpty();
    } else if (route instanceof Route.ReferrersRoute referrers) {
      return rules.refusal(referrers.name()).isEmpty();
    }
    return all && route instanceof Route.Base;
  }
}
