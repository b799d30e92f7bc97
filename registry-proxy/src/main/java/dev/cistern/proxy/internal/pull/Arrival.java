package dev.cistern.proxy.internal.pull;

import dev.cistern.proxy.content.BlobContent;
import dev.cistern.proxy.content.Requester;
import dev.cistern.proxy.event.CacheStatus.Miss;
import dev.cistern.proxy.event.CacheStatus.Trait;
import java.io.IOException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.LongConsumer;

/**
 * Waits until all bytes of a blob are here, without reading one, and closes it. No thread waits.
 * For one thread at a time.
 */
public final class Arrival {

  /** How the wait has ended. */
  public enum End {
    /** All bytes are here. */
    COMPLETE,
    /** The cache cannot store it, and would only pass it on to this reader. */
    PASSED_THROUGH,
    /** The requester does not wait any more. */
    GIVEN_UP
  }

  private final BlobContent content;
  private final Requester requester;
  private final LongConsumer received;
  private final CompletableFuture<End> end = new CompletableFuture<>();
  private long position;

  private Arrival(BlobContent content, Requester requester, LongConsumer received) {
    this.content = content;
    this.requester = requester;
    this.received = received;
  }

  /**
   * Waits for a blob.
   *
   * @param content closed at the end
   * @param received gets the count of bytes that are here, whenever there are more
   * @return fails when the transfer fails
   */
  public static CompletionStage<End> of(
      BlobContent content, Requester requester, LongConsumer received) {
    Arrival arrival = new Arrival(content, requester, received);
    arrival.go();
    return arrival.end;
  }

  private void go() {
    try {
      while (requester.isWaiting()) {
        long available = content.available(position);
        if (isPassedThrough()) {
          close(End.PASSED_THROUGH);
          return;
        }
        if (available < 0) {
          close(End.COMPLETE);
          return;
        }
        position += available;
        received.accept(position);
        if (available == 0 && content.whenAvailable(position, this::go)) {
          return;
        }
      }
      close(End.GIVEN_UP);
    } catch (IOException | RuntimeException | Error e) {
      content.close();
      end.completeExceptionally(e);
    }
  }

  private boolean isPassedThrough() {
    return content.status() instanceof Miss miss && !miss.is(Trait.STORED);
  }

  private void close(End how) {
    content.close();
    end.complete(how);
  }
}
