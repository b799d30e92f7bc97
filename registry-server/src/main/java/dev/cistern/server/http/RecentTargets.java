package dev.cistern.server.http;

import dev.cistern.api.RegistryException;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jspecify.annotations.Nullable;

/**
 * Reads requests by a {@link Routing}, and keeps what it has read lately: most requests ask for
 * what others have asked for just before. A request that takes the place of another one in this
 * table only makes that one be read again. Thread-safe.
 */
final class RecentTargets {

  private static final int PLACES = 512;

  /** The longest path that is kept, with its query and the host, in characters. */
  private static final int LONGEST = 512;

  private record Known(String path, String query, @Nullable String host, Routing.Target target) {

    boolean isFor(String otherPath, String otherQuery, @Nullable String otherHost) {
      return path.equals(otherPath)
          && query.equals(otherQuery)
          && (host == null ? otherHost == null : host.equals(otherHost));
    }
  }

  private final Routing routing;
  private final AtomicReferenceArray<@Nullable Known> known = new AtomicReferenceArray<>(PLACES);

  RecentTargets(Routing routing) {
    this.routing = routing;
  }

  /** As {@link Routing#target}. */
  Routing.Target target(String path, String query, @Nullable String host) throws RegistryException {
    // Clients know a server by many names. Most configurations tell none of them apart.
    String telling = routing.hosts().isEmpty() ? null : host;
    int hash = path.hashCode();
    int place = (hash ^ hash >>> 16) & PLACES - 1;
    Known last = known.get(place);
    if (last != null && last.isFor(path, query, telling)) {
      return last.target;
    }
    Routing.Target target = routing.target(path, query, host);
    int length = path.length() + query.length() + (telling == null ? 0 : telling.length());
    if (length <= LONGEST) {
      known.set(place, new Known(path, query, telling, target));
    }
    return target;
  }
}
