import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.zip.CRC32;

/**
 * Sets the times of the soft references in an archive of classes to zero. They are times since the
 * machine that wrote the archive was started, so they mean nothing to a JVM that reads it, and they
 * are all that two archives of one list differ in.
 *
 * <p>Where they are says the map of the archive, which the JVM logs while it writes it (-Xlog:
 * aot+map=debug, aot+map+oops=trace):
 *
 * <pre>
 * ============ region ============= 3 "hp"
 * - crc:                            0x7907e272
 * - file_offset:                    0x23cf000
 * - used:                           3583864
 * [heap               0x00000007ff800000 - 0x00000007ffb6af78   3583864 bytes]
 * 0x00000007ff821af8: @@ Object (0xfff0435f) java.lang.ref.SoftReference
 *  - private transient 'discovered' 'Ljava/lang/ref/Reference;' @24 null
 *  - private 'timestamp' 'J' @32  6263883 (0x00000000005f944b)
 * 0x00000007ff96da38: @@ Object (0xfff2db47) java.lang.Class Ljava/lang/ref/SoftReference; (aot-inited)
 *  - private static 'clock' 'J' @120  6475375 (0x000000000062ce6f)
 * </pre>
 *
 * <pre>java SoftReferenceTimes.java ARCHIVE <MAP</pre>
 */
final class SoftReferenceTimes {

  private static final String HEAP = "============ region ============= 3 \"hp\"";
  private static final Pattern PROPERTY = Pattern.compile("- (crc|file_offset|used): +(\\w+)");
  private static final Pattern BASE = Pattern.compile("\\[heap +(0x\\p{XDigit}+) .*");
  private static final Pattern OBJECT = Pattern.compile("(0x\\p{XDigit}+): @@ Object .*");
  private static final String CLASS = " java.lang.Class Ljava/lang/ref/SoftReference; ";
  private static final String REFERENCE = "'discovered' 'Ljava/lang/ref/Reference;'";
  private static final Pattern TIME =
      Pattern.compile(" - private (?:'timestamp'|static 'clock') 'J' @(\\d+) +(\\d+) .*");

  // The fields of the header that all versions of archives have: magic, CRC, version, size.
  private static final int HEADER_CRC = 4;
  private static final int HEADER_SIZE = 12;
  private static final int HEADER_SUMMED = 16;

  private long crc;
  private long offset;
  private long used;
  private long base;
  private final Map<Long, Long> times = new TreeMap<>();

  private SoftReferenceTimes() {}

  public static void main(String[] arguments) throws IOException {
    SoftReferenceTimes times = new SoftReferenceTimes();
    try (BufferedReader map =
        new BufferedReader(new InputStreamReader(System.in, StandardCharsets.ISO_8859_1))) {
      times.read(map);
    }
    if (times.times.isEmpty()) {
      throw new IOException("The map of the archive has no times of soft references");
    }
    try (FileChannel file =
        FileChannel.open(
            Path.of(arguments[0]), StandardOpenOption.READ, StandardOpenOption.WRITE)) {
      times.clear(file.map(FileChannel.MapMode.READ_WRITE, 0, file.size()));
    }
  }

  private void read(BufferedReader map) throws IOException {
    boolean heap = false;
    boolean reference = false;
    long object = 0;
    for (String line = map.readLine(); line != null; line = map.readLine()) {
      if (line.startsWith("=")) {
        heap = line.equals(HEAP);
      } else if (line.startsWith("- ")) {
        property(heap, line);
      } else if (line.startsWith("[")) {
        Matcher start = BASE.matcher(line);
        base = start.matches() ? Long.decode(start.group(1)) : base;
      } else if (line.startsWith("0x")) {
        Matcher found = OBJECT.matcher(line);
        object = found.matches() ? Long.decode(found.group(1)) : 0;
        reference = line.contains(CLASS);
      } else if (line.contains(REFERENCE)) {
        reference = true;
      } else if (reference) {
        Matcher time = TIME.matcher(line);
        if (time.matches()) {
          times.put(object + Long.parseLong(time.group(1)), Long.parseLong(time.group(2)));
        }
      }
    }
  }

  private void property(boolean heap, String line) {
    Matcher property = PROPERTY.matcher(line);
    if (heap && property.matches()) {
      long value = Long.decode(property.group(2));
      switch (property.group(1)) {
        case "crc" -> crc = value;
        case "file_offset" -> offset = value;
        default -> used = value;
      }
    }
  }

  private void clear(ByteBuffer archive) throws IOException {
    archive.order(ByteOrder.LITTLE_ENDIAN);
    for (Map.Entry<Long, Long> time : times.entrySet()) {
      long position = time.getKey() - base;
      if (position < 0 || position + Long.BYTES > used) {
        throw new IOException("A time of the map is outside the heap of the archive");
      }
      int index = Math.toIntExact(offset + position);
      if (archive.getLong(index) != time.getValue()) {
        throw new IOException("The archive has another time than its map says");
      }
      archive.putLong(index, 0);
    }
    int header = archive.getInt(HEADER_SIZE);
    archive.putInt(place(archive, header), sum(archive, offset, used));
    archive.putInt(HEADER_CRC, sum(archive, HEADER_SUMMED, header - HEADER_SUMMED));
  }

  /** Where the header has the CRC of the heap. */
  private int place(ByteBuffer archive, int header) throws IOException {
    int place = 0;
    for (int index = HEADER_SUMMED; index < header; index += Integer.BYTES) {
      if (archive.getInt(index) == (int) crc) {
        if (place != 0) {
          throw new IOException("The header has the CRC more than once: " + Long.toHexString(crc));
        }
        place = index;
      }
    }
    if (place == 0) {
      throw new IOException("The header of the archive has no CRC " + Long.toHexString(crc));
    }
    return place;
  }

  private static int sum(ByteBuffer archive, long from, long length) {
    CRC32 sum = new CRC32();
    sum.update(archive.slice(Math.toIntExact(from), Math.toIntExact(length)));
    return (int) sum.getValue();
  }
}
