package dev.cistern.storage;

import dev.cistern.api.Printable;
import java.math.BigDecimal;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Sizes in bytes, in configurations and in parameters of drivers: {@code 1024}, {@code 500MB}
 * (powers of 1000), {@code 50GiB} (powers of 1024).
 */
public final class ByteSize {

  private static final Pattern SIZE =
      Pattern.compile("(\\d{1,19}(?:\\.\\d{1,9})?) ?([KMGT]i?B|kB|B)?");

  private static final Map<String, Long> BYTES =
      Map.of(
          "B", 1L,
          "kB", 1_000L,
          "KB", 1_000L,
          "MB", 1_000_000L,
          "GB", 1_000_000_000L,
          "TB", 1_000_000_000_000L,
          "KiB", 1L << 10,
          "MiB", 1L << 20,
          "GiB", 1L << 30,
          "TiB", 1L << 40);

  private static final BigDecimal MAX = BigDecimal.valueOf(Long.MAX_VALUE);

  private ByteSize() {}

  /**
   * Reads one.
   *
   * @throws IllegalArgumentException if the text is not a size, or is too large
   */
  public static long parse(String text) {
    Matcher size = SIZE.matcher(text);
    if (!size.matches()) {
      throw new IllegalArgumentException(
          Printable.quoted(text) + " is not a size such as 1024, 500MB or 50GiB");
    }
    String unit = size.group(2) == null ? "B" : size.group(2);
    BigDecimal bytes =
        new BigDecimal(size.group(1)).multiply(BigDecimal.valueOf(BYTES.getOrDefault(unit, 1L)));
    if (bytes.compareTo(MAX) > 0) {
      throw new IllegalArgumentException(Printable.quoted(text) + " is too large");
    }
    return bytes.longValue();
  }
}
