package dev.cistern.proxy.internal.store;

import dev.cistern.storage.ObjectBody;
import dev.cistern.storage.ObjectStat;
import dev.cistern.storage.StorageDriver;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * The ttls of the caches that share a store. Each cache stores its own as an empty object, and
 * again from time to time:
 *
 * <pre>
 * cistern/ttl/604800   a cache keeps unused content for 604,800 s; it ran at the time of this object
 * </pre>
 *
 * <p>The longest one is that of the store, until it has passed since the last sign of its cache: so
 * what was only stored, or used too recently to have a marker of its use, stays for as long as any
 * cache expects. Has no state.
 */
public final class CacheTtls {

  private static final String TTLS = "cistern/ttl";

  /** A cache that keeps content forever may come back; a year is as good. */
  private static final Duration FOREVER = Duration.ofDays(365);

  /** How long after its last sign a cache with a very short ttl counts. */
  private static final Duration LEAST = Duration.ofMinutes(5);

  private final StorageDriver driver;

  /** The caller closes the driver. */
  public CacheTtls(StorageDriver driver) {
    this.driver = driver;
  }

  /** Stores that a cache with this ttl runs. */
  public void tell(Duration ttl) throws IOException {
    // Zero would be forever.
    long seconds = ttl.isZero() ? 0 : Math.max(1, ttl.toSeconds());
    driver.put(TTLS + "/" + seconds, ObjectBody.of(new byte[0]));
  }

  /**
   * The longest ttl of all caches.
   *
   * @param own the ttl of the cache that asks; zero: forever
   */
  public Duration longest(Duration own, Instant now) throws IOException {
    if (own.isZero()) {
      return own;
    }
    List<Duration> told = told(now);
    return told.contains(Duration.ZERO)
        ? Duration.ZERO
        : told.stream().filter(ttl -> ttl.compareTo(own) > 0).max(Duration::compareTo).orElse(own);
  }

  private List<Duration> told(Instant now) throws IOException {
    try (Stream<ObjectStat> list = driver.list(TTLS)) {
      return list.flatMap(stat -> told(stat, now).stream()).toList();
    } catch (UncheckedIOException e) {
      throw e.getCause();
    }
  }

  private static Optional<Duration> told(ObjectStat stat, Instant now) {
    String name = stat.key().substring(TTLS.length() + 1);
    if (!name.matches("[0-9]{1,10}")) {
      return Optional.empty();
    }
    Duration ttl = Duration.ofSeconds(Long.parseLong(name));
    Duration counts = ttl.isZero() ? FOREVER : ttl.compareTo(LEAST) < 0 ? LEAST : ttl;
    return stat.modified().plus(counts).isAfter(now) ? Optional.of(ttl) : Optional.empty();
  }
}
