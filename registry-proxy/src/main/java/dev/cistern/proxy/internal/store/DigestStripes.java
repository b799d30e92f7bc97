package dev.cistern.proxy.internal.store;

import dev.cistern.api.Digest;
import dev.cistern.api.DigestAlgorithm;
import java.util.Arrays;
import java.util.List;

/**
 * Many {@linkplain DigestTable tables} that share the digests, so that threads seldom wait for each
 * other. Callers hold the monitor of a table while they use it, and never during I/O.
 *
 * <p>The id of an entry is the number of its table and its slot there. Thread-safe, apart from the
 * tables.
 */
final class DigestStripes {

  /** For each algorithm. */
  private static final int STRIPES = 64;

  private static final int SLOT_BITS = 24;

  private final DigestTable[] tables = new DigestTable[2 * STRIPES];

  /** Gets the entries one by one. */
  @FunctionalInterface
  interface Visitor {

    /**
     * One entry.
     *
     * @param bits see {@link EntryBits}
     */
    void visit(int id, long bits, int lowSize, int owner);
  }

  DigestStripes() {
    for (int i = 0; i < STRIPES; i++) {
      tables[i] = new DigestTable(DigestAlgorithm.SHA256);
      tables[STRIPES + i] = new DigestTable(DigestAlgorithm.SHA512);
    }
  }

  List<DigestTable> all() {
    return Arrays.asList(tables);
  }

  /** The table that has the digest, if any has. */
  DigestTable of(Digest digest) {
    return tables[number(digest)];
  }

  /** The table of the entry with this id. */
  DigestTable of(int id) {
    return tables[id >>> SLOT_BITS];
  }

  static int id(Digest digest, int slot) {
    return id(number(digest), slot);
  }

  private static int id(int number, int slot) {
    return (number << SLOT_BITS) | slot;
  }

  static int slot(int id) {
    return id & ((1 << SLOT_BITS) - 1);
  }

  private static int number(Digest digest) {
    int stripe = (int) DigestTable.word(digest.hex(), 0) & (STRIPES - 1);
    return digest.algorithm() == DigestAlgorithm.SHA256 ? stripe : STRIPES + stripe;
  }

  /** Shows every entry. Copies one chunk at a time, so that no monitor is held for long. */
  void forEach(Visitor visitor) {
    long[] bits = new long[DigestTable.CHUNK];
    int[] lowSizes = new int[DigestTable.CHUNK];
    int[] owners = new int[DigestTable.CHUNK];
    for (int number = 0; number < tables.length; number++) {
      for (int start = 0; true; start += DigestTable.CHUNK) {
        int copied = copy(tables[number], start, bits, lowSizes, owners);
        if (copied == 0) {
          break;
        }
        for (int i = 0; i < copied; i++) {
          if (!EntryBits.isFree(bits[i])) {
            visitor.visit(id(number, start + i), bits[i], lowSizes[i], owners[i]);
          }
        }
      }
    }
  }

  private static int copy(DigestTable table, int start, long[] bits, int[] lowSizes, int[] owners) {
    synchronized (table) {
      int end = Math.min(table.slots(), start + DigestTable.CHUNK);
      for (int slot = start; slot < end; slot++) {
        bits[slot - start] = table.bits(slot);
        lowSizes[slot - start] = table.lowSize(slot);
        owners[slot - start] = table.owner(slot);
      }
      return Math.max(0, end - start);
    }
  }

  /** How many bytes of memory the tables take. */
  long memory() {
    long memory = 0;
    for (DigestTable table : tables) {
      synchronized (table) {
        memory += table.memory();
      }
    }
    return memory;
  }
}
