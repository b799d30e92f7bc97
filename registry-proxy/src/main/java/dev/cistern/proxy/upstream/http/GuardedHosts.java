package dev.cistern.proxy.upstream.http;

import com.google.common.cache.CacheBuilder;
import com.google.common.cache.CacheLoader;
import com.google.common.cache.LoadingCache;
import dev.cistern.proxy.internal.guard.GuardedHost;
import dev.cistern.proxy.upstream.UpstreamException.Evidence;
import java.io.IOException;
import java.time.InstantSource;
import java.util.Optional;
import okhttp3.Request;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Sends requests, and none to hosts that are failing: targets of redirects and token services, each
 * by itself. A registry whose storage service is down still answers manifests, and a token service
 * that is down matters only to requests without a token. The registry's own host is guarded by the
 * cache, which can probe it. Remembers a limited number of hosts. Thread-safe.
 */
final class GuardedHosts {

  private static final Logger log = LoggerFactory.getLogger(GuardedHosts.class);

  /** One has up to 16 KiB, and there may be as many upstreams. */
  private static final int MAX_HOSTS =
      (int) Math.max(16, Math.min(1_000, Runtime.getRuntime().maxMemory() >> 20));

  /** The host of a token service may be the registry's, and its limits are not the registry's. */
  private record Party(boolean givesTokens, String origin) {}

  private final Transport transport;
  private final RemoteUrl registry;
  private final InstantSource clock;
  private final LoadingCache<Party, GuardedHost> hosts;

  GuardedHosts(Transport transport, RemoteUrl registry, InstantSource clock) {
    this.transport = transport;
    this.registry = registry;
    this.clock = clock;
    hosts =
        CacheBuilder.newBuilder()
            .maximumSize(MAX_HOSTS)
            .build(CacheLoader.from(party -> new GuardedHost(clock)));
  }

  /** As {@link Transport#send}; failures of other hosts than the registry's are marked as such. */
  Exchange send(Request request, DeadlineScope deadline) throws IOException {
    boolean forToken = request.tag(TokenKey.class) != null;
    if (!forToken && registry.sameOrigin(request.url())) {
      return transport.send(request, deadline);
    }
    String name = Origins.name(request.url());
    GuardedHost host =
        hosts.getUnchecked(new Party(forToken, request.url().scheme() + "://" + name));
    String thing = thing(request);
    try {
      Optional<GuardedHost.Refusal> refusal = host.refusal(request.method(), thing);
      if (refusal.isPresent()) {
        throw new NotAskedException(refusal.get());
      }
      Exchange answer = transport.send(request, deadline);
      note(name, host, thing, answer);
      return answer;
    } catch (CallEndedException e) {
      throw e;
    } catch (IOException e) {
      if (!(e instanceof NotAskedException) && !Thread.currentThread().isInterrupted()) {
        failed(name, host, UpstreamErrors.evidence(e), thing, UpstreamErrors.describe(e));
      }
      throw new HostFailure(name, e);
    }
  }

  /** What the request is for: other requests for the same may have another signed URL. */
  private static String thing(Request request) {
    RedirectLoop.RedirectedFrom from = request.tag(RedirectLoop.RedirectedFrom.class);
    return (from == null ? new RedirectLoop.RedirectedFrom(request.url()) : from).thing();
  }

  private void note(String name, GuardedHost host, String thing, Exchange answer) {
    Evidence evidence = Evidence.of(answer.status());
    if (evidence != Evidence.NONE) {
      failed(name, host, evidence, thing, "it answered " + answer.status());
      return;
    }
    host.succeeded();
    // A host that refuses one more request for the same blob may limit only how many there are.
    if (answer.status() == 429 && answer.request().tag(RedirectLoop.Part.class) == null) {
      host.pause(answer.request().method(), RetryAfter.of(answer, clock.instant()));
    }
  }

  private void failed(String name, GuardedHost host, Evidence evidence, String thing, String why) {
    if (host.failed(evidence, thing, why)) {
      log.warn(
          "Host {} is failing, which upstream {} needs; requests to it fail at once, but for one"
              + " every few seconds (last error: {})",
          name,
          registry.name(),
          why);
    }
  }
}
