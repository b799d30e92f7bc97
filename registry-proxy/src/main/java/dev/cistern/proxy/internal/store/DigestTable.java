package dev.cistern.proxy.internal.store;

import dev.cistern.api.Digest;
import dev.cistern.api.DigestAlgorithm;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.concurrent.ThreadLocalRandom;

/**
 * A table of digests of one algorithm, each with 12 or 13 bytes of data, without one object for
 * each.
 *
 * <p>An entry has a slot, which does not change until the entry is removed. Slots are in chunks of
 * arrays, so that growing copies nothing: the digest in {@code keys}, the data of {@link EntryBits}
 * in {@code bits} and {@code sizes}. The number of the upstream that it counts to is in {@code
 * owners}, which is empty for a chunk in which all are zero. Free slots are chained through their
 * {@code bits}. Slots are found through {@code table}, an open-addressing hash table of slot
 * numbers with linear probing. A removal moves the following numbers up, so there are no
 * tombstones. The table grows by a fifth when it is 85 % full.
 *
 * <p>So a SHA-256 digest takes 44 or 45 bytes, plus 4.7 to 5.7 in the table. Not thread-safe:
 * callers hold its monitor.
 */
final class DigestTable {

  static final int CHUNK = 256;

  private static final HexFormat HEX = HexFormat.of();
  private static final int NONE = -1;
  private static final byte[] NO_OWNERS = {};
  private static final int SMALLEST = 16;
  private static final long SEED = ThreadLocalRandom.current().nextLong();

  private final DigestAlgorithm algorithm;
  private final int words;

  private long[][] keys = new long[0][];
  private long[][] bits = new long[0][];
  private int[][] sizes = new int[0][];
  private byte[][] owners = new byte[0][];
  private int slots;
  private int firstFree = NONE;

  private int[] table = new int[0];
  private int count;

  DigestTable(DigestAlgorithm algorithm) {
    this.algorithm = algorithm;
    words = algorithm.hexLength() / 16;
  }

  int count() {
    return count;
  }

  /** The number after the last slot; slots before it may be free. */
  int slots() {
    return slots;
  }

  /** The slot of a digest; negative when it has none. */
  int find(Digest digest) {
    if (count == 0) {
      return NONE;
    }
    String hex = digest.hex();
    long first = word(hex, 0);
    for (int i = home(first); table[i] != 0; i = next(i)) {
      if (isAt(table[i] - 1, first, hex)) {
        return table[i] - 1;
      }
    }
    return NONE;
  }

  /** Adds a digest that has no slot yet. */
  int add(Digest digest) {
    if (count + 1 > table.length * 0.85) {
      rehash(Math.max(SMALLEST, table.length + table.length / 5));
    }
    int slot = takeSlot();
    long[] chunk = keys[slot / CHUNK];
    for (int i = 0; i < words; i++) {
      chunk[slot % CHUNK * words + i] = word(digest.hex(), i);
    }
    insert(slot);
    count++;
    return slot;
  }

  void remove(int slot) {
    int hole = home(firstWord(slot));
    while (table[hole] != slot + 1) {
      hole = next(hole);
    }
    for (int i = next(hole); table[i] != 0; i = next(i)) {
      int home = home(firstWord(table[i] - 1));
      boolean mayMove = hole <= i ? home <= hole || home > i : home <= hole && home > i;
      if (mayMove) {
        table[hole] = table[i];
        hole = i;
      }
    }
    table[hole] = 0;
    count--;
    setOwner(slot, Shares.UNKNOWN);
    bits[slot / CHUNK][slot % CHUNK] = EntryBits.free(firstFree + 1);
    firstFree = slot;
  }

  Digest digest(int slot) {
    StringBuilder hex = new StringBuilder(algorithm.hexLength());
    for (int i = 0; i < words; i++) {
      hex.append(HEX.toHexDigits(keys[slot / CHUNK][slot % CHUNK * words + i]));
    }
    return new Digest(algorithm, hex.toString());
  }

  long bits(int slot) {
    return bits[slot / CHUNK][slot % CHUNK];
  }

  int lowSize(int slot) {
    return sizes[slot / CHUNK][slot % CHUNK];
  }

  /** The size of the content, in bytes. */
  long size(int slot) {
    return EntryBits.size(bits(slot), lowSize(slot));
  }

  void set(int slot, long newBits, int lowSize) {
    bits[slot / CHUNK][slot % CHUNK] = newBits;
    sizes[slot / CHUNK][slot % CHUNK] = lowSize;
  }

  /** The number of the upstream that an entry counts to; zero for a new entry. */
  int owner(int slot) {
    byte[] chunk = owners[slot / CHUNK];
    return chunk.length == 0 ? 0 : Byte.toUnsignedInt(chunk[slot % CHUNK]);
  }

  void setOwner(int slot, int owner) {
    if (owners[slot / CHUNK].length == 0) {
      if (owner == 0) {
        return;
      }
      owners[slot / CHUNK] = new byte[CHUNK];
    }
    owners[slot / CHUNK][slot % CHUNK] = (byte) owner;
  }

  /** Sets all owners to zero. */
  void clearOwners() {
    Arrays.fill(owners, NO_OWNERS);
  }

  /** How many bytes of memory the table takes, without the headers of arrays. */
  long memory() {
    long memory = 4L * table.length + (long) keys.length * CHUNK * (8L * words + 8 + 4);
    for (byte[] chunk : owners) {
      memory += chunk.length;
    }
    return memory;
  }

  private int takeSlot() {
    if (firstFree != NONE) {
      int slot = firstFree;
      firstFree = EntryBits.nextFree(bits(slot)) - 1;
      return slot;
    }
    if (slots == keys.length * CHUNK) {
      int chunks = keys.length;
      keys = Arrays.copyOf(keys, chunks + 1);
      bits = Arrays.copyOf(bits, chunks + 1);
      sizes = Arrays.copyOf(sizes, chunks + 1);
      owners = Arrays.copyOf(owners, chunks + 1);
      keys[chunks] = new long[CHUNK * words];
      bits[chunks] = new long[CHUNK];
      sizes[chunks] = new int[CHUNK];
      owners[chunks] = NO_OWNERS;
    }
    return slots++;
  }

  private void rehash(int capacity) {
    int[] old = table;
    table = new int[capacity];
    for (int entry : old) {
      if (entry != 0) {
        insert(entry - 1);
      }
    }
  }

  private void insert(int slot) {
    int i = home(firstWord(slot));
    while (table[i] != 0) {
      i = next(i);
    }
    table[i] = slot + 1;
  }

  private boolean isAt(int slot, long first, String hex) {
    long[] chunk = keys[slot / CHUNK];
    int start = slot % CHUNK * words;
    if (chunk[start] != first) {
      return false;
    }
    for (int i = 1; i < words; i++) {
      if (chunk[start + i] != word(hex, i)) {
        return false;
      }
    }
    return true;
  }

  private long firstWord(int slot) {
    return keys[slot / CHUNK][slot % CHUNK * words];
  }

  /** Seeded, because people who make content can choose its digest. */
  private int home(long first) {
    long hash = ((first ^ SEED) * 0x9E3779B97F4A7C15L) >>> 32;
    return (int) ((hash * table.length) >>> 32);
  }

  private int next(int i) {
    return i + 1 == table.length ? 0 : i + 1;
  }

  static long word(String hex, int index) {
    return HexFormat.fromHexDigitsToLong(hex, index * 16, index * 16 + 16);
  }
}
