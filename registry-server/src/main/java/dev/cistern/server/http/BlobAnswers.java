package dev.cistern.server.http;

import dev.cistern.api.ByteRange;
import dev.cistern.api.Digest;
import dev.cistern.api.ErrorCode;
import dev.cistern.api.RangeSet;
import dev.cistern.api.RegistryException;
import dev.cistern.api.Route.BlobRoute;
import dev.cistern.proxy.PullThroughCache;
import dev.cistern.proxy.content.BlobContent;
import dev.cistern.proxy.content.BlobInfo;
import dev.cistern.proxy.content.Requester;
import dev.cistern.proxy.event.CacheStatus;
import io.undertow.io.IoCallback;
import io.undertow.server.HttpServerExchange;
import io.undertow.util.HeaderMap;
import io.undertow.util.Headers;
import io.undertow.util.StatusCodes;
import java.io.IOException;
import java.net.URI;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletionStage;

/** Answers for {@code /v2/<name>/blobs/<digest>} (end-2), whole or in ranges (RFC 9110 §14). */
final class BlobAnswers {

  private final PullThroughCache cache;
  private final boolean redirects;

  BlobAnswers(PullThroughCache cache) {
    this.cache = cache;
    redirects = cache.givesBlobUrls();
  }

  void answer(HttpServerExchange exchange, BlobRoute route) {
    // A client that has the blob wants to know that it still exists, not to have it fetched.
    boolean known = Preconditions.isKnown(exchange, route.digest());
    if (known || Answers.isHead(exchange)) {
      Answers.answer(
          exchange,
          requester -> cache.blobInfo(route.name(), route.digest(), requester),
          info -> sendInfo(exchange, route, info));
    } else if (!redirects || PeerCheck.isPeer(exchange)) {
      open(exchange, route);
    } else {
      Answers.answer(
          exchange,
          unused -> cache.blobUrl(route.name(), route.digest()),
          url -> {
            if (url.isPresent()) {
              redirect(exchange, url.get());
            } else {
              open(exchange, route);
            }
          });
    }
  }

  /** Not to be stored by anyone: the URL is for this client only, and ends soon. */
  private static void redirect(HttpServerExchange exchange, URI url) {
    Outcome.answered(exchange, CacheStatus.Hit.BY_DIGEST);
    exchange.setStatusCode(StatusCodes.TEMPORARY_REDIRECT);
    exchange.getResponseHeaders().put(Headers.LOCATION, url.toString());
    exchange.getResponseHeaders().put(Headers.CACHE_CONTROL, "no-store");
    exchange.setResponseContentLength(0);
    exchange.endExchange();
  }

  private void open(HttpServerExchange exchange, BlobRoute route) {
    Answers.answer(
        exchange,
        requester -> content(exchange, route, requester),
        content -> sendContent(exchange, content),
        BlobContent::close);
  }

  private CompletionStage<BlobContent> content(
      HttpServerExchange exchange, BlobRoute route, Requester requester) {
    Optional<RangeSet> ranges =
        ranges(exchange, route.digest()).filter(wanted -> !wanted.tooMany());
    return ranges.isPresent()
        ? cache.blob(route.name(), route.digest(), ranges.get(), requester)
        : cache.blob(route.name(), route.digest(), requester);
  }

  private static void sendInfo(HttpServerExchange exchange, BlobRoute route, BlobInfo info) {
    RegistryHeaders.immutable(exchange, route.digest());
    Outcome.answered(exchange, info.status());
    if (Preconditions.isKnown(exchange, route.digest())) {
      Answers.notModified(exchange);
      return;
    }
    HeaderMap headers = exchange.getResponseHeaders();
    headers.put(Headers.CONTENT_TYPE, RegistryHeaders.OCTET_STREAM);
    headers.put(Headers.ACCEPT_RANGES, RegistryHeaders.BYTES);
    if (info.size().isPresent()) {
      exchange.setResponseContentLength(info.size().getAsLong());
    } else {
      // An exchange that ends with its channel untouched says that the length is 0.
      exchange.getResponseChannel();
    }
    exchange.endExchange();
  }

  private static void sendContent(HttpServerExchange exchange, BlobContent content) {
    exchange.addExchangeCompleteListener(
        (completed, next) -> {
          content.close();
          next.proceed();
        });
    try {
      // A transfer that has failed by now can still have an error as its answer.
      content.available(0);
    } catch (IOException e) {
      Answers.fail(exchange, e.getCause() instanceof RegistryException cause ? cause : e);
      return;
    }
    Optional<RangeSet> ranges = ranges(exchange, content.digest());
    if (ranges.isEmpty() || content.size().isEmpty() || dependsOnSize(ranges.get(), content)) {
      // Where only the end tells the size, there are no ranges.
      sendWhole(exchange, content);
    } else if (ranges.get().tooMany()) {
      Answers.fail(
          exchange,
          new RegistryException(
              ErrorCode.TOO_MANY_RANGES, "Too many or overlapping ranges: ask for fewer at once"));
    } else {
      sendRanges(exchange, content, ranges.get(), content.size().getAsLong());
    }
  }

  /**
   * Whether an answer would say of a range that the blob does not have it, though the size may turn
   * out wrong. The whole blob is the right answer then (RFC 9110 §14.2).
   */
  private static boolean dependsOnSize(RangeSet ranges, BlobContent content) {
    return !content.namesSize()
        && ranges.resolve(content.size().orElseThrow()).size() < ranges.specs().size();
  }

  /**
   * The size for a Content-Range, or {@code *} while it may turn out wrong (RFC 9110 §14.4). An
   * answer that reaches to the end may name it: its last bytes are withheld until it is verified.
   * Docker, which asks for the rest of a blob, takes no {@code *}.
   */
  private static String sizeOf(BlobContent content, List<ByteRange> ranges) {
    long size = content.size().orElseThrow();
    return content.namesSize() || ranges.stream().anyMatch(range -> range.last() == size - 1)
        ? Long.toString(size)
        : "*";
  }

  private static Optional<RangeSet> ranges(HttpServerExchange exchange, Digest digest) {
    String header = exchange.getRequestHeaders().getFirst(Headers.RANGE);
    return header != null && Preconditions.allowsRanges(exchange, digest)
        ? RangeSet.parse(header)
        : Optional.empty();
  }

  private static void sendWhole(HttpServerExchange exchange, BlobContent content) {
    if (content.size().isPresent()) {
      exchange.setResponseContentLength(content.size().getAsLong());
    } else if (exchange.isHttp11()) {
      // Also where the connection is to be closed: its end alone would hide that a body was cut.
      exchange.getResponseHeaders().put(Headers.TRANSFER_ENCODING, "chunked");
    } else if (exchange.isHttp10()) {
      Answers.fail(
          exchange,
          new RegistryException(
              ErrorCode.BAD_GATEWAY,
              "Upstream does not tell the size of blob " + content.digest() + ": ask by HTTP/1.1"));
      return;
    }
    describe(exchange, content);
    exchange.getResponseHeaders().put(Headers.CONTENT_TYPE, RegistryHeaders.OCTET_STREAM);
    send(exchange, content, new Segment.Bytes(0, content.size().orElse(Long.MAX_VALUE)));
  }

  private static void sendRanges(
      HttpServerExchange exchange, BlobContent content, RangeSet wanted, long size) {
    List<ByteRange> ranges = wanted.resolve(size);
    if (ranges.isEmpty()) {
      exchange.getResponseHeaders().put(Headers.CONTENT_RANGE, "bytes */" + size);
      Answers.fail(
          exchange,
          new RegistryException(
              ErrorCode.RANGE_INVALID, "No such range in the " + size + " bytes of the blob"));
      return;
    }
    content.willRead(
        ranges.stream().mapToLong(ByteRange::first).min().orElseThrow(),
        ranges.stream().mapToLong(ByteRange::last).max().orElseThrow() + 1);
    describe(exchange, content);
    exchange.setStatusCode(StatusCodes.PARTIAL_CONTENT);
    if (ranges.size() == 1) {
      sendRange(exchange, content, ranges);
    } else {
      MultipartRanges parts = MultipartRanges.of(ranges, sizeOf(content, ranges));
      exchange.getResponseHeaders().put(Headers.CONTENT_TYPE, parts.contentType());
      exchange.setResponseContentLength(parts.length());
      BlobSender.send(exchange, content, parts.segments());
    }
  }

  private static void sendRange(
      HttpServerExchange exchange, BlobContent content, List<ByteRange> ranges) {
    ByteRange range = ranges.get(0);
    HeaderMap headers = exchange.getResponseHeaders();
    headers.put(Headers.CONTENT_TYPE, RegistryHeaders.OCTET_STREAM);
    headers.put(
        Headers.CONTENT_RANGE,
        "bytes " + range.first() + "-" + range.last() + "/" + sizeOf(content, ranges));
    exchange.setResponseContentLength(range.length());
    send(exchange, content, new Segment.Bytes(range.first(), range.last() + 1));
  }

  private static void send(HttpServerExchange exchange, BlobContent content, Segment.Bytes body) {
    Optional<ByteBuffer> memory = content.memory();
    if (memory.isPresent()) {
      // No larger than an int, as it is in one piece of memory.
      ByteBuffer bytes = memory.get().limit((int) body.end()).position((int) body.first());
      exchange.getResponseSender().send(bytes, IoCallback.END_EXCHANGE);
    } else {
      BlobSender.send(exchange, content, List.of(body));
    }
  }

  private static void describe(HttpServerExchange exchange, BlobContent content) {
    RegistryHeaders.immutable(exchange, content.digest());
    Outcome.answered(exchange, content.status());
    exchange.getResponseHeaders().put(Headers.ACCEPT_RANGES, RegistryHeaders.BYTES);
  }
}
