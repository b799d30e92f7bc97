package dev.cistern.proxy.content;

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

  /** Whether the client still waits for the answer or reads it. Once false, it stays false. */
  boolean isWaiting();
}
