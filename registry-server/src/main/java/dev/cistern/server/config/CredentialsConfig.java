package dev.cistern.server.config;

import java.util.List;

/**
 * Who we are to the upstream, and who else may know.
 *
 * @param login what the upstream knows us by
 * @param trustedRealms hosts of token services that may know it besides those of the upstream's own
 *     domain
 * @param overPlainHttp whether it may go over plain HTTP to another machine
 */
public record CredentialsConfig(
    UpstreamLogin login, List<String> trustedRealms, PlainHttp overPlainHttp) {

  public static final CredentialsConfig DEFAULT =
      new CredentialsConfig(new UpstreamLogin.Anonymous(), List.of(), PlainHttp.REFUSED);

  public CredentialsConfig {
    trustedRealms = List.copyOf(trustedRealms);
  }

  /** Whether credentials go over connections on which everyone can read them. */
  public enum PlainHttp {
    REFUSED,
    ALLOWED
  }
}
