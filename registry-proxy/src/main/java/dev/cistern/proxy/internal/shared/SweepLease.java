package dev.cistern.proxy.internal.shared;

import static java.nio.charset.StandardCharsets.US_ASCII;

import dev.cistern.storage.ObjectBody;
import dev.cistern.storage.ObjectRange;
import dev.cistern.storage.ObjectStat;
import dev.cistern.storage.StorageDriver;
import dev.cistern.storage.StoredObject;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.function.LongSupplier;
import java.util.stream.Stream;

/**
 * Lets one of the caches that share a store sweep it at a time. The lease is an object with a
 * number:
 *
 * <pre>
 * cistern/sweep/7   "3f0c9d1e-... 42": held by that cache, which has renewed it 42 times
 * </pre>
 *
 * <p>The cache that stored the highest number holds the lease. It changes the object regularly.
 * When another cache sees the same object for long enough, by its own clock, it stores the next
 * number, which only one can; so clocks need not agree. The holder that was silent finds the higher
 * number before it goes on. For one thread.
 */
final class SweepLease {

  private static final String LEASES = "cistern/sweep";
  private static final int LONGEST = 256;

  private final StorageDriver driver;
  private final Duration silence;
  private final LongSupplier nanoTime;
  private final String holder = UUID.randomUUID().toString();

  private long mine;
  private long renewals;
  private String seen = "";
  private long seenSince;

  /**
   * @param silence how long the holder may be silent; it must ask {@link #isHeld} far more often
   */
  SweepLease(StorageDriver driver, Duration silence, LongSupplier nanoTime) {
    this.driver = driver;
    this.silence = silence;
    this.nanoTime = nanoTime;
  }

  /** Takes the lease if no other cache has it, and renews it. */
  boolean isHeld() throws IOException {
    List<Long> leases = leases();
    long highest = leases.stream().mapToLong(Long::longValue).max().orElse(0);
    if (highest > 0 && highest == mine) {
      driver.put(key(mine), body(++renewals));
      return true;
    }
    mine = 0;
    if (highest > 0 && !isSilent(highest)) {
      return false;
    }
    if (!driver.putIfAbsent(key(highest + 1), body(0))) {
      return false;
    }
    mine = highest + 1;
    renewals = 0;
    driver.delete(leases.stream().map(SweepLease::key).toList());
    return true;
  }

  private boolean isSilent(long lease) throws IOException {
    String now = lease + " " + content(key(lease)).orElse("");
    if (!now.equals(seen)) {
      seen = now;
      seenSince = nanoTime.getAsLong();
    }
    return nanoTime.getAsLong() - seenSince >= silence.toNanos();
  }

  private List<Long> leases() throws IOException {
    List<Long> numbers = new ArrayList<>();
    try (Stream<ObjectStat> list = driver.list(LEASES)) {
      list.forEach(
          stat -> {
            String name = stat.key().substring(LEASES.length() + 1);
            if (name.matches("[1-9][0-9]{0,17}")) {
              numbers.add(Long.parseLong(name));
            }
          });
    } catch (UncheckedIOException e) {
      throw e.getCause();
    }
    return numbers;
  }

  private Optional<String> content(String key) throws IOException {
    Optional<StoredObject> opened = driver.open(key, new ObjectRange(0, LONGEST));
    if (opened.isEmpty()) {
      return Optional.empty();
    }
    try (StoredObject object = opened.get()) {
      ByteBuffer bytes = ByteBuffer.allocate((int) Math.min(LONGEST, object.size()));
      while (bytes.hasRemaining() && object.read(bytes, bytes.position()) >= 0) {
        // Reads on until all is there.
      }
      return Optional.of(new String(bytes.array(), 0, bytes.position(), US_ASCII));
    }
  }

  private ObjectBody body(long number) {
    return ObjectBody.of((holder + " " + number).getBytes(US_ASCII));
  }

  private static String key(long number) {
    return LEASES + "/" + number;
  }
}
