package dev.cistern.proxy.upstream.http;

import dev.cistern.api.Printable;
import dev.cistern.proxy.internal.memory.Bytes;
import dev.cistern.proxy.internal.memory.PooledCache;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ProtocolException;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;
import okhttp3.HttpUrl;
import okhttp3.Request;

/**
 * Follows redirects. {@code Authorization} is sent only to the scheme, host and port of the first
 * request: other hosts must not get it, and storage services refuse a signed URL with it. Once it
 * was removed, it is not sent again in the same chain.
 *
 * <p>A registry on a public address cannot lead to private ones, unless the configuration trusts
 * the host: such an address names another machine here than it does for the owner of the registry.
 *
 * <p>A signed URL may have expired when it is used, because registries and caches in front of them
 * remember redirects. When its host refuses, the first URL is requested once more.
 *
 * <p>Requests for parts of the same blob go directly to where the first of them was redirected, as
 * long as the host there does not refuse.
 */
final class RedirectLoop {

  private static final int MAX_REDIRECTS = 10;
  private static final Set<Integer> REDIRECTS = Set.of(301, 302, 303, 307, 308);
  private static final Set<Integer> EXPIRED = Set.of(401, 403, 404, 410);

  /** A signed URL is mostly valid for minutes; one that is not costs a request. */
  private static final Duration REMEMBERED = Duration.ofMinutes(2);

  private final GuardedHosts hosts;
  private final Predicate<InetAddress> isPrivate;
  private final List<TrustedRealm> trusted;

  /** Where another host has a blob of which parts are requested, by the URL at the registry. */
  private final PooledCache<HttpUrl, Target> targets =
      new PooledCache<>(
          // A parsed URL has its text, and its segments and parameters again.
          (url, target) -> 4 * (Bytes.of(url.toString()) + Bytes.of(target.url.toString())),
          REMEMBERED,
          System::nanoTime);

  /**
   * @param isPrivate which addresses are not on the public Internet
   */
  RedirectLoop(UpstreamConfig config, GuardedHosts hosts, Predicate<InetAddress> isPrivate) {
    this.hosts = hosts;
    this.isPrivate = isPrivate;
    trusted = config.trustedRedirects().stream().map(TrustedRealm::parse).toList();
  }

  /**
   * Sends a request, and follows redirects.
   *
   * @param request a GET or HEAD
   * @return the first answer that is not a redirect, to be closed by the caller
   */
  Exchange send(Request request, DeadlineScope deadline) throws IOException {
    Target known = request.tag(Part.class) == null ? null : targets.get(request.url());
    if (known != null) {
      Exchange answer =
          hosts.send(redirected(request, request, known.url, known.privateAllowed), deadline);
      if (!EXPIRED.contains(answer.status())) {
        return answer;
      }
      targets.remove(request.url());
      answer.close();
    }
    Exchange answer = follow(request, deadline);
    if (!EXPIRED.contains(answer.status()) || Origins.same(request.url(), answer.url())) {
      return answer;
    }
    answer.close();
    return follow(request, deadline);
  }

  /** Sends a request without following redirects, because its body contains secrets. */
  Exchange sendOnce(Request request, DeadlineScope deadline) throws IOException {
    return hosts.send(request, deadline);
  }

  private Exchange follow(Request request, DeadlineScope deadline) throws IOException {
    Request next = request;
    boolean privateAllowed = false;
    for (int followed = 0; ; followed++) {
      Exchange answer = hosts.send(next, deadline);
      if (!REDIRECTS.contains(answer.status())) {
        if (answer.status() == 206
            && request.tag(Part.class) != null
            && !Origins.same(request.url(), next.url())) {
          targets.put(request.url(), new Target(next.url(), privateAllowed));
        }
        return answer;
      }
      try (answer) {
        if (followed == MAX_REDIRECTS) {
          throw new ProtocolException("it redirected more than " + MAX_REDIRECTS + " times");
        }
        if (followed == 0) {
          privateAllowed = answer.address().filter(isPrivate).isPresent();
        }
        next = redirected(request, next, target(answer), privateAllowed);
      }
    }
  }

  private static HttpUrl target(Exchange answer) throws ProtocolException {
    String location =
        answer
            .header("Location")
            .orElseThrow(
                () ->
                    new ProtocolException(
                        "it answered " + answer.status() + " without a Location"));
    HttpUrl target = answer.url().resolve(location);
    if (target == null) {
      throw new ProtocolException("it redirected to something other than an http or https URL");
    }
    return target;
  }

  private Request redirected(Request first, Request last, HttpUrl target, boolean privateAllowed)
      throws ProtocolException {
    if (first.isHttps() && !target.isHttps()) {
      throw new ProtocolException(
          "it redirected from https to plain http at " + Printable.line(target.host(), 200));
    }
    Request.Builder next =
        first.newBuilder().url(target).tag(RedirectedFrom.class, new RedirectedFrom(first.url()));
    boolean sameOrigin = Origins.same(first.url(), target);
    // A path of the first host that another host chose must not get the credentials either.
    if (!sameOrigin || last.header("Authorization") == null) {
      next.removeHeader("Authorization");
    }
    if (trusted.stream().anyMatch(host -> host.matches(target))) {
      // The first request may have had it.
      next.tag(Transport.PublicOnly.class, null);
    } else if (!sameOrigin && !privateAllowed) {
      next.tag(Transport.PublicOnly.class, new Transport.PublicOnly());
    }
    return next.build();
  }

  /** The tag of a request for a part of a blob, which is followed by others. */
  record Part() {}

  /** Where a redirect led to another host. */
  private record Target(HttpUrl url, boolean privateAllowed) {}

  /** The tag of a request that follows a redirect. */
  record RedirectedFrom(HttpUrl first) {

    /** Identifies what was requested. */
    String thing() {
      return first.encodedPath() + '?' + first.query();
    }
  }
}
