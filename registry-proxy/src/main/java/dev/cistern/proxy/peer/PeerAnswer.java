package dev.cistern.proxy.peer;

import dev.cistern.api.ErrorCode;
import dev.cistern.proxy.event.CacheStatus;
import dev.cistern.proxy.upstream.UpstreamException;
import java.net.URLDecoder;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What a cache says in the header {@code Cistern-Peer} of its answer to a peer:
 *
 * <pre>
 * Cistern-Peer: cistern-4b1f...                               content
 * Cistern-Peer: cistern-4b1f...;ttl=57                        a tag, fresh for another 57 s
 * Cistern-Peer: cistern-4b1f...;stale=95;reason=it+is+failing a tag, confirmed 95 s ago
 * Cistern-Peer: cistern-4b1f...;failure=absent;code=name_unknown  the upstream answered 404
 * </pre>
 *
 * <p>An error is the upstream's only if this says so: a proxy or another server at the same address
 * answers 404 too.
 *
 * @param node the name of the cache that answers
 * @param ttl how much longer the answer for a tag is fresh; negative if it no longer is
 * @param stale how long ago the upstream confirmed an answer that it does not confirm now
 * @param reason why the answer is stale, as a text for people; empty if it is not
 * @param failure how the upstream failed, if the answer is an error
 * @param code the code of that error
 */
public record PeerAnswer(
    String node,
    Optional<Duration> ttl,
    Optional<Duration> stale,
    String reason,
    Optional<UpstreamException.Kind> failure,
    Optional<ErrorCode> code) {

  private static final int MOST_REASON = 300;
  private static final Pattern FORMAT =
      Pattern.compile(
          "([A-Za-z0-9._-]{1,100})(?:;ttl=(-?[0-9]{1,9}))?"
              + "(?:;stale=([0-9]{1,9});reason=([A-Za-z0-9.*_+%-]*))?(?:;failure=([a-z_]{1,40});code=([a-z_]{1,40}))?");

  /** Rejects a name of other characters. */
  public PeerAnswer {
    PeerSignature.requireName(node);
  }

  /** Content. */
  public static PeerAnswer of(String node, CacheStatus status) {
    if (status instanceof CacheStatus.Hit hit) {
      return new PeerAnswer(
          node, hit.ttl(), Optional.empty(), "", Optional.empty(), Optional.empty());
    }
    if (status instanceof CacheStatus.Stale stale) {
      return new PeerAnswer(
          node,
          Optional.empty(),
          Optional.of(stale.age()),
          stale.reason(),
          Optional.empty(),
          Optional.empty());
    }
    return of(node);
  }

  /** An error, or an answer that is the same for all. */
  public static PeerAnswer of(String node) {
    return new PeerAnswer(
        node, Optional.empty(), Optional.empty(), "", Optional.empty(), Optional.empty());
  }

  /** An error that the upstream answered. */
  public static PeerAnswer of(String node, UpstreamException failure) {
    return new PeerAnswer(
        node,
        Optional.empty(),
        Optional.empty(),
        "",
        Optional.of(failure.kind()),
        Optional.of(failure.code()));
  }

  /** The value of the header. */
  public String header() {
    StringBuilder text = new StringBuilder(node);
    ttl.ifPresent(left -> text.append(";ttl=").append(left.toSeconds()));
    stale.ifPresent(
        age -> text.append(";stale=").append(age.toSeconds()).append(";reason=").append(encoded()));
    failure.ifPresent(
        kind -> text.append(";failure=").append(kind.name().toLowerCase(Locale.ROOT)));
    code.ifPresent(known -> text.append(";code=").append(known.name().toLowerCase(Locale.ROOT)));
    return text.toString();
  }

  private String encoded() {
    String shortened = reason.length() > MOST_REASON ? reason.substring(0, MOST_REASON) : reason;
    return URLEncoder.encode(shortened, StandardCharsets.UTF_8);
  }

  /** Reads the header; empty if this is no answer of a peer. */
  public static Optional<PeerAnswer> parse(String header) {
    Matcher parts = FORMAT.matcher(header);
    if (!parts.matches()) {
      return Optional.empty();
    }
    try {
      return Optional.of(
          new PeerAnswer(
              parts.group(1),
              seconds(parts.group(2)),
              seconds(parts.group(3)),
              parts.group(4) == null
                  ? ""
                  : URLDecoder.decode(parts.group(4), StandardCharsets.UTF_8),
              Optional.ofNullable(parts.group(5))
                  .map(kind -> UpstreamException.Kind.valueOf(kind.toUpperCase(Locale.ROOT))),
              Optional.ofNullable(parts.group(6))
                  .map(known -> ErrorCode.valueOf(known.toUpperCase(Locale.ROOT)))));
    } catch (IllegalArgumentException e) {
      return Optional.empty();
    }
  }

  private static Optional<Duration> seconds(@Nullable String text) {
    return text == null ? Optional.empty() : Optional.of(Duration.ofSeconds(Long.parseLong(text)));
  }
}
