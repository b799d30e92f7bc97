package dev.cistern.proxy.upstream.http;

import dev.cistern.api.RepositoryName;
import dev.cistern.proxy.internal.memory.Bytes;
import java.util.List;
import java.util.Optional;
import okhttp3.HttpUrl;

/** The kind of {@code Authorization} that an upstream requires for a repository. */
sealed interface AuthRequirement {

  /** An estimate of the memory that it uses. */
  long bytes();

  /** A user name and password (RFC 7617). */
  record Basic() implements AuthRequirement {

    @Override
    public long bytes() {
      return Bytes.RECORD;
    }
  }

  /**
   * A token of a token service (Distribution's token authentication).
   *
   * @param service empty when the challenge has none
   * @param publicOnly whether the token service must have a public address
   */
  record Bearer(HttpUrl realm, String service, List<String> scopes, boolean publicOnly)
      implements AuthRequirement {

    public Bearer {
      scopes = List.copyOf(scopes);
    }

    /** A parsed URL has its text, and its parts again. */
    @Override
    public long bytes() {
      return Bytes.RECORD
          + 4 * Bytes.of(realm.toString())
          + Bytes.of(service)
          + scopes.stream().mapToLong(Bytes::of).sum();
    }

    /** Of a token service that may have any address. */
    Bearer(HttpUrl realm, String service, List<String> scopes) {
      this(realm, service, scopes, false);
    }

    /** The same, of a token service that must have a public address. */
    Bearer atPublicAddress() {
      return new Bearer(realm, service, scopes, true);
    }
  }

  /**
   * The requirement of the best challenge: Bearer if it is usable, else Basic.
   *
   * @return empty when this client can answer none of them
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

  /** Whether a challenge names a token service by an http or https URL that cannot be one. */
  static boolean hasInvalidRealm(Challenge challenge) {
    return challenge.scheme().equals("bearer")
        && challenge
            .parameter("realm")
            .filter(realm -> realm.matches("(?i)https?://.*") && HttpUrl.parse(realm) == null)
            .isPresent();
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
