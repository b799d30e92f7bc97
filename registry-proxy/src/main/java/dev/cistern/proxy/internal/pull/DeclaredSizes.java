package dev.cistern.proxy.internal.pull;

import dev.cistern.api.Digest;
import dev.cistern.api.Manifest;
import dev.cistern.api.RegistryException;
import dev.cistern.storage.content.StoredManifest;
import java.util.HexFormat;
import java.util.OptionalLong;
import java.util.concurrent.ThreadLocalRandom;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The sizes of content: as manifests declare them, or as they were measured when the bytes were
 * hashed. The store's layout has no sizes, so these show that a file was truncated.
 *
 * <p>A declared size never replaces a measured one. At most {@value #MOST} sizes are kept, in 3
 * MiB; for other content the size is unknown. A table of few sizes is small.
 *
 * <p>A digest is identified by its first 128 bits, which also select the four slots that it may
 * use. Two digests that share them are practically impossible; they would only cause a blob to be
 * hashed without need. Thread-safe.
 */
final class DeclaredSizes {

  private static final Logger log = LoggerFactory.getLogger(DeclaredSizes.class);

  private static final int FIRST = 4_096;
  private static final int MOST = 131_072;
  private static final int PLACES = 4;
  private static final int NONE = -1;
  private static final long SEED = ThreadLocalRandom.current().nextLong();

  /** Larger than any content; larger declared sizes count as this one. */
  private static final long LARGEST = 1L << 60;

  // Guarded by this. A value is 0 for a free slot, else 2 * (size + 1), plus 1 for a measured size.
  private long[] keys = new long[2 * FIRST];
  private long[] values = new long[FIRST];
  private int turn;

  /**
   * Remembers the sizes that a manifest declares. May be called each time a manifest is read: it is
   * parsed again only when its own size has been forgotten.
   */
  void learn(StoredManifest manifest) {
    if (isProven(manifest.digest())) {
      return;
    }
    try {
      // Twice: a document with a mistake declares nothing. A list could be as long as the memory.
      Manifest.scan(manifest.body(), blob -> {});
      Manifest.scan(manifest.body(), blob -> claim(blob.digest(), blob.size()));
    } catch (RegistryException e) {
      log.debug("{} declares no sizes", manifest.digest(), e);
    }
    // The manifest's bytes were verified. This entry also marks the manifest as parsed.
    proven(manifest.digest(), manifest.size());
  }

  private synchronized void claim(Digest digest, long size) {
    int entry = find(digest);
    if (entry == NONE) {
      add(digest, value(size));
    } else if ((values[entry] & 1) == 0) {
      values[entry] = value(size);
    }
  }

  private void add(Digest digest, long value) {
    long high = word(digest, 0);
    int entry = free(high);
    while (values[entry] != 0 && values.length < MOST) {
      grow();
      entry = free(high);
    }
    put(entry, high, word(digest, 1), value);
  }

  /** Each four slots become eight, so that all entries find a free one. */
  private void grow() {
    long[] oldKeys = keys;
    long[] oldValues = values;
    keys = new long[2 * oldKeys.length];
    values = new long[2 * oldValues.length];
    for (int entry = 0; entry < oldValues.length; entry++) {
      if (oldValues[entry] != 0) {
        long high = oldKeys[2 * entry];
        put(free(high), high, oldKeys[2 * entry + 1], oldValues[entry]);
      }
    }
  }

  private synchronized boolean isProven(Digest digest) {
    int entry = find(digest);
    return entry != NONE && (values[entry] & 1) == 1;
  }

  /** Remembers a size that was measured by hashing. */
  synchronized void proven(Digest digest, long size) {
    int entry = find(digest);
    if (entry == NONE) {
      add(digest, value(size) | 1);
    } else {
      values[entry] = value(size) | 1;
    }
  }

  /** Whether the content has another size, as measured or declared. */
  synchronized boolean contradicts(Digest digest, long size) {
    int entry = find(digest);
    return entry != NONE && (values[entry] & ~1) != value(size);
  }

  /** Whether any size of the content was measured or declared. */
  synchronized boolean isKnown(Digest digest) {
    return find(digest) != NONE;
  }

  /** The size of the content, as measured or declared; empty if it is not known. */
  synchronized OptionalLong size(Digest digest) {
    int entry = find(digest);
    return entry == NONE ? OptionalLong.empty() : OptionalLong.of(values[entry] / 2 - 1);
  }

  /** Whether the content has this size, as measured or declared. */
  synchronized boolean confirms(Digest digest, long size) {
    int entry = find(digest);
    return entry != NONE && (values[entry] & ~1) == value(size);
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

  /** The slot for a new entry: a free one, else one with a declared size, else any. */
  private int free(long high) {
    int home = home(high);
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

  private void put(int entry, long high, long low, long value) {
    keys[2 * entry] = high;
    keys[2 * entry + 1] = low;
    values[entry] = value;
  }

  private static long word(Digest digest, int index) {
    return HexFormat.fromHexDigitsToLong(digest.hex(), 16 * index, 16 * index + 16);
  }

  /** Seeded, because the author of content can choose its digest. */
  private int home(long high) {
    long hash = (high ^ SEED) * 0x9E3779B97F4A7C15L;
    return (int) (hash >>> 40) % (values.length / PLACES) * PLACES;
  }
}
