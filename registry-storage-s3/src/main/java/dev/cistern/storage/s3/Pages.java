package dev.cistern.storage.s3;

import dev.cistern.storage.StorageException;
import dev.cistern.storage.StorageException.Kind;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Spliterator;
import java.util.Spliterators;
import java.util.function.Consumer;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.services.s3.model.ListObjectsV2Response;

/**
 * A listing, which requests a page when the one before has been read. It holds one page, of up to a
 * thousand names. A page after the first one that fails is requested again after a while: else all
 * before it, which may be a million names, would have to be listed again.
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

  /** Takes what is wanted of a page. */
  @FunctionalInterface
  interface Content<T> {
    List<T> of(ListObjectsV2Response page) throws IOException;
  }

  private final Request request;
  private final Content<T> content;
  private final Deque<T> page = new ArrayDeque<>();
  private @Nullable String token;
  private boolean more = true;

  /** How long to wait before each further try. The client has tried some times by itself. */
  private static final List<Duration> PAUSES =
      List.of(Duration.ofSeconds(1), Duration.ofSeconds(5), Duration.ofSeconds(20));

  /** Waits. */
  @FunctionalInterface
  interface Pause {
    void of(Duration time) throws InterruptedException;
  }

  private final Pause pause;

  private Pages(Request request, Content<T> content, Pause pause) {
    super(Long.MAX_VALUE, Spliterator.NONNULL);
    this.request = request;
    this.content = content;
    this.pause = pause;
  }

  static <T> Stream<T> stream(Request request, Content<T> content) {
    return stream(request, content, time -> Thread.sleep(time.toMillis()));
  }

  static <T> Stream<T> stream(Request request, Content<T> content, Pause pause) {
    return StreamSupport.stream(new Pages<>(request, content, pause), false);
  }

  private ListObjectsV2Response next() throws IOException {
    for (Duration time : PAUSES) {
      try {
        return request.page(token);
      } catch (StorageException e) {
        if (token == null || !isPassing(e)) {
          throw e;
        }
        await(time, e);
      }
    }
    return request.page(token);
  }

  private static boolean isPassing(StorageException failure) {
    return failure.kind() == Kind.UNAVAILABLE || failure.kind() == Kind.THROTTLED;
  }

  private void await(Duration time, StorageException failure) throws StorageException {
    try {
      pause.of(time);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw failure;
    }
  }

  /**
   * The token of the page after this one. Without another token, the listing could only be taken
   * for complete, or go on for ever.
   */
  private String after(ListObjectsV2Response before) throws StorageException {
    String next = before.nextContinuationToken();
    if (next == null || next.equals(token)) {
      throw new StorageException(
          Kind.UNAVAILABLE, "the server cut a listing off, and did not say how it goes on", null);
    }
    return next;
  }

  @Override
  public boolean tryAdvance(Consumer<? super T> action) {
    while (page.isEmpty() && more) {
      try {
        ListObjectsV2Response next = next();
        page.addAll(content.of(next));
        more = Boolean.TRUE.equals(next.isTruncated());
        if (more) {
          token = after(next);
        }
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
