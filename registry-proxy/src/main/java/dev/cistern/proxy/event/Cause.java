package dev.cistern.proxy.event;

/**
 * What made the cache do some work. Events carry it, so that a listener can connect the work with
 * the request that led to it. An embedder gives an object of its own to the cache, by {@code
 * Requester.cause()}; the cache does nothing with it but hand it to listeners, on any thread.
 */
public interface Cause {

  /** A cause that is not known. */
  Cause UNKNOWN =
      new Cause() {
        @Override
        public String toString() {
          return "unknown";
        }
      };
}
