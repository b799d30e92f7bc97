package dev.cistern.proxy.internal.fetch;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Comparator;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.locks.ReentrantLock;
import java.util.stream.Stream;
import java.util.zip.CRC32;

/**
 * Which bytes of a blob a spool file with gaps has, in a second file, for the next process:
 *
 * <pre>
 * sha256-9f86d081…-1           16 MiB received, 16 MiB nothing, and then 8 MiB
 * pieces-sha256-9f86d081…-1    two entries, at 0 and at 64 KiB
 *
 * 17                           the number of the entry: the higher one counts
 * 268435456                    the size of the blob
 * 0bd2c1a4-…                   the id of this start of the machine
 * "5d41402a"                   the entity tag of the blob; empty without one
 * 0-16777216 33554432-41943040 the runs of bytes, each from its first to after its last
 * 3610a686                     the CRC-32 of the lines above
 * </pre>
 *
 * <p>The record exists before the first byte is written that leaves a gap. An entry names only
 * bytes that were written before it, and replaces the one before the last: the process may end at
 * any time. What it had written is in the file, unless the machine ended as well. Then only what is
 * before the first gap is used: the system writes the rest of a file in any order. Whatever is used
 * is verified with the whole blob. Thread-safe.
 */
final class PieceRecord {

  private static final String PREFIX = "pieces-";

  /** About so much of what was received is lost with the process. */
  static final long STEP = 1 << 20;

  private static final int ENTRY = 64 << 10;
  private static final int LINES = 6;

  /** The rest of the entry. Runs for which there is no room are fetched again. */
  private static final int MOST_OF_RUNS = ENTRY - 4096;

  private static final int LONGEST_TAG = 1024;

  private static final String THIS_START = startOfMachine();

  private final Path path;
  private final String start;

  // Held for the time of a write, by threads that write to the disk anyway.
  private final ReentrantLock writing = new ReentrantLock();

  // Guarded by the lock.
  private long number;

  // Written under the lock: how many bytes the last entry names, or -1.
  private volatile long recorded = -1;

  /** The record of a file. It need not exist. */
  PieceRecord(Path file) {
    this(file, THIS_START);
  }

  /** As above, written at another start of the machine. */
  PieceRecord(Path file, String start) {
    path = file.resolveSibling(PREFIX + file.getFileName());
    this.start = start;
  }

  /** Another one for each process where the system has none. */
  private static String startOfMachine() {
    try {
      return Files.readString(Path.of("/proc/sys/kernel/random/boot_id")).strip();
    } catch (IOException e) {
      return UUID.randomUUID().toString();
    }
  }

  /** The name of the file whose record has this name; empty for other names. */
  static Optional<String> fileOf(String name) {
    return name.startsWith(PREFIX)
        ? Optional.of(name.substring(PREFIX.length()))
        : Optional.empty();
  }

  boolean exists() {
    return Files.exists(path);
  }

  /** To be called before bytes are written that leave a gap. */
  void begin(KeptPieces kept) throws IOException {
    if (recorded < 0) {
      writing.lock();
      try {
        if (recorded < 0) {
          write(kept);
        }
      } finally {
        writing.unlock();
      }
    }
  }

  /** Adds what has been written since, if that is much and the file may have a gap. */
  void update(KeptPieces kept) throws IOException {
    if (recorded >= 0 && kept.bytes() - recorded >= STEP && writing.tryLock()) {
      try {
        // It may have been deleted just now.
        if (recorded >= 0) {
          write(kept);
        }
      } finally {
        writing.unlock();
      }
    }
  }

  /** Records what is there now. */
  void replace(KeptPieces kept) throws IOException {
    writing.lock();
    try {
      write(kept);
    } finally {
      writing.unlock();
    }
  }

  private void write(KeptPieces kept) throws IOException {
    if (recorded < 0) {
      number = last().map(Entry::number).orElse(0L);
    }
    // Before the runs are read, which may be more by then.
    long bytes = kept.bytes();
    long next = number + 1;
    ByteBuffer entry = ByteBuffer.wrap(entry(next, kept).getBytes(UTF_8));
    try (FileChannel file =
        FileChannel.open(path, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
      long at = placeOf(next);
      while (entry.hasRemaining()) {
        at += file.write(entry, at);
      }
    }
    // Only now: after a failure, the next entry must not replace the last good one.
    number = next;
    recorded = bytes;
  }

  private static long placeOf(long number) {
    return number % 2 * ENTRY;
  }

  private String entry(long number, KeptPieces kept) {
    StringBuilder lines = new StringBuilder();
    lines.append(number).append('\n').append(kept.size()).append('\n').append(start).append('\n');
    lines.append(kept.etag().filter(tag -> tag.length() <= LONGEST_TAG).orElse("")).append('\n');
    kept.pieces()
        .here()
        .forEach(
            (from, to) -> {
              if (lines.length() < MOST_OF_RUNS) {
                lines.append(from).append('-').append(to).append(' ');
              }
            });
    lines.append('\n');
    return lines.append(checksum(lines.toString())).append('\n').toString();
  }

  private static String checksum(String lines) {
    CRC32 sum = new CRC32();
    sum.update(lines.getBytes(UTF_8));
    return Long.toHexString(sum.getValue());
  }

  /**
   * What the file has, as far as it can be relied on.
   *
   * @param length of the file
   * @return empty when the record says nothing
   */
  Optional<KeptPieces> read(long length) throws IOException {
    return last().map(entry -> entry.pieces(length, start));
  }

  private record Entry(long number, long size, String start, String etag, Runs runs) {

    KeptPieces pieces(long length, String now) {
      Runs here = new Runs();
      runs.forEach((from, to) -> here.add(from, Math.min(to, length)));
      if (!start.equals(now)) {
        long front = here.endAt(0);
        here.clear();
        here.add(0, front);
      }
      return KeptPieces.ofWhole(
          new Pieces(size, here), etag.isEmpty() ? Optional.empty() : Optional.of(etag));
    }
  }

  private Optional<Entry> last() throws IOException {
    return Stream.of(at(0), at(ENTRY))
        .flatMap(Optional::stream)
        .max(Comparator.comparingLong(Entry::number));
  }

  /** Empty when there is none, or the process ended while it wrote it. */
  private Optional<Entry> at(long place) throws IOException {
    ByteBuffer bytes = ByteBuffer.allocate(ENTRY);
    try (FileChannel file = FileChannel.open(path, StandardOpenOption.READ)) {
      while (bytes.hasRemaining() && file.read(bytes, place + bytes.position()) >= 0) {
        // A read may return fewer bytes than requested.
      }
    } catch (NoSuchFileException e) {
      return Optional.empty();
    }
    return parse(UTF_8.decode(bytes.flip()).toString());
  }

  private static Optional<Entry> parse(String text) {
    String[] lines = text.split("\n", LINES + 1);
    if (lines.length <= LINES) {
      return Optional.empty();
    }
    String before = text.substring(0, text.length() - lines[5].length() - lines[6].length() - 1);
    if (!lines[5].equals(checksum(before))) {
      return Optional.empty();
    }
    try {
      return Optional.of(
          new Entry(
              Long.parseLong(lines[0]),
              Long.parseLong(lines[1]),
              lines[2],
              lines[3],
              runs(lines[4])));
    } catch (NumberFormatException e) {
      // Another version wrote it.
      return Optional.empty();
    }
  }

  private static Runs runs(String line) {
    Runs runs = new Runs();
    for (String run : line.split(" ", 0)) {
      int dash = run.indexOf('-');
      if (dash > 0) {
        runs.add(Long.parseLong(run.substring(0, dash)), Long.parseLong(run.substring(dash + 1)));
      }
    }
    return runs;
  }

  /** Removes the record: the file has no gap. */
  void delete() throws IOException {
    writing.lock();
    try {
      recorded = -1;
      Files.deleteIfExists(path);
    } finally {
      writing.unlock();
    }
  }
}
