package dev.cistern.proxy.upstream.http;

import dev.cistern.api.Digest;
import dev.cistern.api.ErrorCode;
import dev.cistern.api.Reference;
import dev.cistern.api.RepositoryName;

/**
 * What is being asked of an upstream, for the message should it fail.
 *
 * @param what as it follows "Cannot get"
 * @param absent the code for an upstream's 404
 */
record Attempt(String what, ErrorCode absent) {

  static Attempt manifest(RepositoryName name, Reference reference) {
    String separator = reference instanceof Digest ? "@" : ":";
    return new Attempt("manifest " + name + separator + reference, ErrorCode.MANIFEST_UNKNOWN);
  }

  static Attempt blob(RepositoryName name, Digest digest) {
    return new Attempt("blob " + digest + " of " + name, ErrorCode.BLOB_UNKNOWN);
  }

  static Attempt tags(RepositoryName name) {
    return new Attempt("tags of " + name, ErrorCode.NAME_UNKNOWN);
  }

  /**
   * A token service that is not where it should be is a failure, and says nothing of the content.
   */
  static Attempt token(TokenKey key) {
    String scopes = Printable.excerpt(String.join(" ", key.demand().scopes()), 120);
    return new Attempt(
        "a token for " + scopes + " from " + Printable.excerpt(key.realm().host(), 120),
        ErrorCode.BAD_GATEWAY);
  }
}
