package dev.cistern.proxy.upstream.http;

import com.google.common.net.InternetDomainName;
import dev.cistern.api.Printable;
import java.util.List;
import java.util.Optional;
import okhttp3.HttpUrl;

/**
 * Decides which hosts may get an upstream's credentials, and which requests for tokens at all. The
 * upstream names its token service itself, so a malicious or misconfigured one could name any host.
 * Therefore only hosts of its own domain, and those that the operator lists, get credentials; and
 * an upstream on a public address cannot name a private one, unless the operator lists it.
 */
final class RealmPolicy {

  private final RemoteUrl remote;
  private final List<TrustedRealm> trusted;
  private final boolean insecureCredentials;

  RealmPolicy(UpstreamConfig config) {
    remote = config.remote();
    trusted = config.trustedRealms().stream().map(TrustedRealm::parse).toList();
    insecureCredentials = config.insecureCredentials();
  }

  /** Why credentials must not be sent to the upstream itself; empty when they may. */
  Optional<String> objectionToUpstream() {
    return objectionToPlainHttp(remote.base());
  }

  /**
   * Why credentials must not be sent to this token service, or its token to the upstream; empty
   * when they may.
   */
  Optional<String> objectionTo(HttpUrl realm) {
    return objectionToPlainHttp(realm)
        .or(this::objectionToUpstream)
        .or(() -> isTrusted(realm) ? Optional.empty() : Optional.of(foreign(realm)));
  }

  private Optional<String> objectionToPlainHttp(HttpUrl target) {
    return target.isHttps() || insecureCredentials || Origins.isLoopback(target)
        ? Optional.empty()
        : Optional.of(
            "credentials are not sent over plain http to "
                + Printable.line(target.host(), 200)
                + "; use https, or allow it by proxy.insecurecredentials");
  }

  /** Whether this host belongs to the registry, or the operator lists it. */
  boolean isTrusted(HttpUrl realm) {
    HttpUrl own = remote.base();
    return own.host().equals(realm.host())
        || (Origins.isLoopback(own) && Origins.isLoopback(realm))
        || shareRegistrableDomain(own.host(), realm.host())
        || isListed(realm);
  }

  /**
   * Whether this token service may have a private address although the registry has a public one.
   * Not by its domain alone: a name of the domain can be given any address.
   */
  boolean mayBePrivate(HttpUrl realm) {
    return remote.sameOrigin(realm) || isListed(realm);
  }

  private boolean isListed(HttpUrl realm) {
    return trusted.stream().anyMatch(host -> host.matches(realm));
  }

  private static String foreign(HttpUrl realm) {
    String host = Printable.line(realm.host(), 200);
    return "its token service "
        + host
        + " is in another domain and does not get the credentials; if you trust it, add "
        + host
        + " to proxy.trustedrealms";
  }

  private static boolean shareRegistrableDomain(String one, String other) {
    Optional<InternetDomainName> domain = registrableDomain(one);
    return domain.isPresent() && domain.equals(registrableDomain(other));
  }

  private static Optional<InternetDomainName> registrableDomain(String host) {
    if (!InternetDomainName.isValid(host)) {
      return Optional.empty();
    }
    InternetDomainName name = InternetDomainName.from(host);
    return name.isUnderPublicSuffix() ? Optional.of(name.topPrivateDomain()) : Optional.empty();
  }
}
