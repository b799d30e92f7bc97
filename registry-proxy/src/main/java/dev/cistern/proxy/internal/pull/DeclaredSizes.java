package dev.cistern.proxy.internal.pull;

import dev.cistern.api.Descriptor;
import dev.cistern.api.Digest;
import dev.cistern.api.Manifest;
import dev.cistern.api.RegistryException;
import dev.cistern.storage.content.StoredManifest;
import java.util.HexFormat;
import java.util.concurrent.ThreadLocalRandom;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * How large contents are, by what manifests say of them, and by the bytes themselves where somebody
 * has hashed them. The layout of the store has no sizes, so this is how a file that was cut short
 * is noticed when it is opened.
 *
 * <p>What a manifest says is a claim, and never takes the place of what was proven. Of a content
 * that nothing is known of, or nothing any more, nothing is said: this holds about {@value
 * #ENTRIES} sizes in 3 MiB, and forgets.
 *
 * <p>A digest stands here by its first 128 bits, in one of the four places that these lead to. That
 * two digests share them is as good as impossible, and would only have bytes hashed in vain.
 * Thread-safe.
 */
final class DeclaredSizes {

  private static final Logger log = LoggerFactory.getLogger(DeclaredSizes.class);

  private static final int ENTRIES = 131_072;
  private static final int PLACES = 4;
  private static final int NONE = -1;
  private static final long SEED = ThreadLocalRandom.current().nextLong();

  /** What no content has; larger claims count as this one. */
  private static final long LARGEST = 1L << 60;

  // Guarded by this. An entry's value is 0 when it is free, else 2 * (size + 1), and 1 when proven.
  private final long[] keys = new long[2 * ENTRIES];
  private final long[] values = new long[ENTRIES];
  private int turn;

  /**
   * Remembers what a manifest says. A manifest is parsed only when it has not been lately, so this
   * may be called for each that is read.
   */
  void learn(StoredManifest manifest) {
    if (isProven(manifest.digest())) {
      return;
    }
    try {
      for (Descriptor blob : Manifest.read(manifest.body()).blobs()) {
        claim(blob.digest(), blob.size());
      }
    } catch (RegistryException e) {
      log.debug("{} declares no sizes", manifest.digest(), e);
    }
    // Its bytes have been checked; and having this says that its claims are here.
    proven(manifest.digest(), manifest.size());
  }

  private synchronized void claim(Digest digest, long size) {
    int entry = find(digest);
    if (entry == NONE) {
      put(free(digest), digest, value(size));
    } else if ((values[entry] & 1) == 0) {
      values[entry] = value(size);
    }
  }

  private synchronized boolean isProven(Digest digest) {
    int entry = find(digest);
    return entry != NONE && (values[entry] & 1) == 1;
  }

  /** The bytes have been hashed, and there are so many. */
  synchronized void proven(Digest digest, long size) {
    int entry = find(digest);
    put(entry == NONE ? free(digest) : entry, digest, value(size) | 1);
  }

  /** Whether the content is known to have another size than this, or said to. */
  synchronized boolean contradicts(Digest digest, long size) {
    int entry = find(digest);
    return entry != NONE && (values[entry] & ~1) != value(size);
  }

  private static long value(long size) {
    return 2 * (Math.min(size, LARGEST) + 1);
  }

  private int find(Digest digest) {
    long high = word(digest, 0);
    long low = word(digest, 1);
    int home = home(high);
    for (int entry = home; entry < home + PLACES; entry++) {
      if (values[entry] != 0 && keys[2 * entry] == high && keys[2 * entry + 1] == low) {
        return entry;
      }
    }
    return NONE;
  }

  /** Where to put one more: a free place, else a claim's, else any. */
  private int free(Digest digest) {
    int home = home(word(digest, 0));
    int claimed = NONE;
    turn = (turn + 1) % PLACES;
    for (int i = 0; i < PLACES; i++) {
      int entry = home + (turn + i) % PLACES;
      if (values[entry] == 0) {
        return entry;
      }
      if ((values[entry] & 1) == 0) {
        claimed = entry;
      }
    }
    return claimed == NONE ? home + turn : claimed;
  }

  private void put(int entry, Digest digest, long value) {
    keys[2 * entry] = word(digest, 0);
    keys[2 * entry + 1] = word(digest, 1);
    values[entry] = value;
  }

  private static long word(Digest digest, int index) {
    return HexFormat.fromHexDigitsToLong(digest.hex(), 16 * index, 16 * index + 16);
  }

  /** Seeded, for digests can be chosen by whoever makes the content. */
  private static int home(long high) {
    long hash = (high ^ SEED) * 0x9E3779B97F4A7C15L;
    return (int) (hash >>> 40) % (ENTRIES / PLACES) * PLACES;
  }
}
