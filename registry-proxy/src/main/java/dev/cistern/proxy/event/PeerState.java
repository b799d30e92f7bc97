package dev.cistern.proxy.event;

import java.util.Objects;

/**
 * One address of a cluster of caches.
 *
 * @param address host and port
 * @param role what is known about it
 */
public record PeerState(String address, Role role) {

  /** What is known about an address. */
  public enum Role {
    /** It is that of this cache. */
    SELF,
    /** A cache answers there. */
    WORKING,
    /** No cache answers there, or none has yet. */
    FAILING
  }

  public PeerState {
    Objects.requireNonNull(address, "address");
    Objects.requireNonNull(role, "role");
  }
}
