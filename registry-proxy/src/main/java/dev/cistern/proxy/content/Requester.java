package dev.cistern.proxy.content;

import dev.cistern.proxy.event.Cause;
import java.util.List;

/**
 * Who waits for an answer of the cache. Work that no client waits for any more is not sent to the
 * upstream, and the clients share the queue for the upstream evenly. Implementations are
 * thread-safe, return at once and take no lock.
 */
public interface Requester {

  /** A requester that is not known: it waits until its answer is closed. */
  Requester UNKNOWN =
      new Requester() {
        @Override
        public String client() {
          return "";
        }

        @Override
        public boolean isWaiting() {
          return true;
        }
      };

  /** The client, such as its address: all its requests share one part of the queue. */
  String client();

  /**
   * The caches that the request has passed, by the names that they give themselves in the {@code
   * Via} header (RFC 9110, section 7.6.3). They are sent on to the upstream, so that a cache knows
   * its own requests when they come back to it. None by default.
   */
  default List<String> passed() {
    return List.of();
  }

  /**
   * The cause that the events of the cache have, where this request makes it fetch something or
   * call the upstream. Unknown by default. The cache may keep the object for as long as that work
   * takes, after the client has left.
   */
  default Cause cause() {
    return Cause.UNKNOWN;
  }

  /**
   * Whether this is another cache of the same cluster. What it asks for comes from storage or from
   * the upstream, never from one more cache. No by default.
   */
  default boolean isPeer() {
    return false;
  }

  /**
   * Whether it requests all parts of an image at once by itself, so that none is to be fetched
   * before it asks. False by default.
   */
  default boolean requestsAll() {
    return false;
  }

  /**
   * Whether this asks for what a client may ask for soon. What only such requests want is fetched
   * by one connection, and no longer than they wait. False by default.
   */
  default boolean asksAhead() {
    return false;
  }

  /** Whether the client still waits for the answer or reads it. Once false, it stays false. */
  boolean isWaiting();
}
