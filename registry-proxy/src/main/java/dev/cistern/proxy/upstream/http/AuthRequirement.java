package dev.cistern.proxy.upstream.http;

import dev.cistern.api.RepositoryName;
import java.util.List;
import java.util.Optional;
import okhttp3.HttpUrl;

/** What an upstream wants in {@code Authorization} before it gives out a repository's content. */
sealed interface AuthRequirement {

  /** User name and password themselves (RFC 7617). */
  record Basic() implements AuthRequirement {}

  /**
   * A token of a token service (distribution's token authentication).
   *
   * @param service empty when the challenge names none
   */
  record Bearer(HttpUrl realm, String service, List<String> scopes) implements AuthRequirement {

    public Bearer {
      scopes = List.copyOf(scopes);
    }
  }

  /**
   * The challenge to answer: Bearer where it is usable, Basic otherwise.
   *
   * @return empty when there is none that this client can answer
   */
  static Optional<AuthRequirement> choose(List<Challenge> challenges, RepositoryName name) {
    Optional<AuthRequirement> bearer =
        challenges.stream()
            .filter(c -> c.scheme().equals("bearer"))
            .flatMap(c -> bearer(c, name).stream())
            .findFirst();
    return bearer.or(
        () ->
            challenges.stream()
                .filter(c -> c.scheme().equals("basic"))
                .findFirst()
                .map(c -> new Basic()));
  }

  private static Optional<AuthRequirement> bearer(Challenge challenge, RepositoryName name) {
    String scope =
        challenge
            .parameter("scope")
            .filter(s -> !s.isBlank())
            .orElse("repository:" + name + ":pull");
    return challenge
        .parameter("realm")
        .map(HttpUrl::parse)
        .filter(realm -> realm.username().isEmpty() && realm.password().isEmpty())
        .map(
            realm ->
                new Bearer(
                    realm,
                    challenge.parameter("service").orElse(""),
                    List.of(scope.strip().split(" +"))));
  }
}
