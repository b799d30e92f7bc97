package dev.cistern.storage.s3;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Spliterator;
import java.util.Spliterators;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.services.s3.model.ListObjectsV2Response;

/**
 * A listing, which requests a page when the one before has been read. It holds one page, of up to a
 * thousand names.
 */
final class Pages<T> extends Spliterators.AbstractSpliterator<T> {

  /** Requests a page. */
  @FunctionalInterface
  interface Request {

    /**
     * Requests the next page.
     *
     * @param after the token of the page before; null for the first one
     */
    ListObjectsV2Response page(@Nullable String after) throws IOException;
  }

  private final Request request;
  private final Function<ListObjectsV2Response, List<T>> content;
  private final Deque<T> page = new ArrayDeque<>();
  private @Nullable String token;
  private boolean more = true;

  private Pages(Request request, Function<ListObjectsV2Response, List<T>> content) {
    super(Long.MAX_VALUE, Spliterator.NONNULL);
    this.request = request;
    this.content = content;
  }

  static <T> Stream<T> stream(Request request, Function<ListObjectsV2Response, List<T>> content) {
    return StreamSupport.stream(new Pages<>(request, content), false);
  }

  @Override
  public boolean tryAdvance(Consumer<? super T> action) {
    while (page.isEmpty() && more) {
      try {
        ListObjectsV2Response next = request.page(token);
        page.addAll(content.apply(next));
        token = next.nextContinuationToken();
        more = Boolean.TRUE.equals(next.isTruncated()) && token != null;
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
    T next = page.poll();
    if (next == null) {
      return false;
    }
    action.accept(next);
    return true;
  }
}
