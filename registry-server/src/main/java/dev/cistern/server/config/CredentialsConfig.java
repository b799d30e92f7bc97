package dev.cistern.server.config;

import java.util.List;

/**
 * How to log in to the upstream, and which other hosts may get the credentials.
 *
 * @param login the credentials, or where to find them
 * @param trustedRealms hosts of token services that may get the credentials although they are on
 *     another domain
 * @param overPlainHttp whether to send the credentials over plain HTTP to other machines
 */
public record CredentialsConfig(
    UpstreamLogin login, List<String> trustedRealms, PlainHttp overPlainHttp) {

  public static final CredentialsConfig DEFAULT =
      new CredentialsConfig(new UpstreamLogin.Anonymous(), List.of(), PlainHttp.REFUSED);

  public CredentialsConfig {
    trustedRealms = List.copyOf(trustedRealms);
  }

  /** Whether to send credentials over connections that others can read. */
  public enum PlainHttp {
    REFUSED,
    ALLOWED
  }
}
