package dev.cistern.proxy.upstream.http;

import dev.cistern.api.Digest;
import dev.cistern.api.ErrorCode;
import dev.cistern.api.Printable;
import dev.cistern.api.Reference;
import dev.cistern.api.RepositoryName;
import dev.cistern.proxy.upstream.Target;

/**
 * What is requested from an upstream, for the message of a failure.
 *
 * @param absent the error code for a 404
 */
record Attempt(Target target, ErrorCode absent) {

  static Attempt manifest(RepositoryName name, Reference reference) {
    return new Attempt(Target.manifest(name, reference), ErrorCode.MANIFEST_UNKNOWN);
  }

  static Attempt blob(RepositoryName name, Digest digest) {
    return new Attempt(Target.blob(name, digest), ErrorCode.BLOB_UNKNOWN);
  }

  static Attempt tags(RepositoryName name) {
    return new Attempt(Target.tags(name), ErrorCode.NAME_UNKNOWN);
  }

  /** A 404 of a token service is a configuration error; it says nothing about the content. */
  static Attempt token(TokenKey key) {
    String scopes = Printable.line(String.join(" ", key.requirement().scopes()), 120);
    String host = Printable.line(key.realm().host(), 120);
    return new Attempt(
        new Target(Target.Kind.TOKEN, "a token for " + scopes + " from " + host),
        ErrorCode.BAD_GATEWAY);
  }
}
