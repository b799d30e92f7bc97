package dev.cistern.proxy.upstream.http;

import dev.cistern.api.Digest;
import dev.cistern.api.ErrorCode;
import dev.cistern.api.Printable;
import dev.cistern.api.Reference;
import dev.cistern.api.RepositoryName;
import dev.cistern.proxy.upstream.Target;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * What is requested from an upstream, for the message of a failure.
 *
 * @param absent the error code for a 404
 * @param tokenOf the scopes and the host of a token; empty when no token is requested
 * @param answered the status that the upstream has answered to it; empty when it has not
 */
record Attempt(Target target, ErrorCode absent, Optional<TokenOf> tokenOf, OptionalInt answered) {

  /** What a token is for, and who gives it. */
  record TokenOf(String scopes, String host) {}

  private Attempt(Target target, ErrorCode absent) {
    this(target, absent, Optional.empty(), OptionalInt.empty());
  }

  static Attempt manifest(RepositoryName name, Reference reference) {
    return new Attempt(Target.manifest(name, reference), ErrorCode.MANIFEST_UNKNOWN);
  }

  static Attempt blob(RepositoryName name, Digest digest) {
    return new Attempt(Target.blob(name, digest), ErrorCode.BLOB_UNKNOWN);
  }

  static Attempt tags(RepositoryName name) {
    return new Attempt(Target.tags(name), ErrorCode.NAME_UNKNOWN);
  }

  /**
   * Where there is no list, the API is lacking. So a 404 does not say that there are no referrers.
   */
  static Attempt referrers(RepositoryName name, Digest subject) {
    return new Attempt(Target.referrers(name, subject), ErrorCode.BAD_GATEWAY);
  }

  /** A 404 of a token service is a configuration error; it says nothing about the content. */
  static Attempt token(TokenKey key) {
    String scopes = Printable.line(String.join(" ", key.requirement().scopes()), 120);
    String host = Printable.line(Origins.name(key.realm()), 120);
    return new Attempt(
        new Target(Target.Kind.TOKEN, "a token"),
        ErrorCode.BAD_GATEWAY,
        Optional.of(new TokenOf(scopes, host)),
        OptionalInt.empty());
  }

  /** This attempt, after the upstream has answered it so. */
  Attempt answered(int status) {
    return new Attempt(target, absent, tokenOf, OptionalInt.of(status));
  }
}
