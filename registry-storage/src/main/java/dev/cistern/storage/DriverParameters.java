package dev.cistern.storage;

import dev.cistern.api.Printable;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * The parameters of a driver: the scalars under {@code storage.<driver>} in the configuration, as
 * they were written. Immutable. Values may be secrets, so {@link #toString} shows only the keys.
 */
public final class DriverParameters {

  private final String driver;
  private final String section;
  private final Map<String, String> values;

  private DriverParameters(String driver, String section, Map<String, String> values) {
    this.driver = driver;
    this.section = section;
    this.values = Map.copyOf(values);
  }

  /**
   * Makes the parameters of a driver.
   *
   * @param driver the driver's name
   * @param values the values by key
   */
  public static DriverParameters of(String driver, Map<String, String> values) {
    return new DriverParameters(driver, "storage." + driver, values);
  }

  /** Makes an empty set of parameters. */
  public static DriverParameters none(String driver) {
    return of(driver, Map.of());
  }

  /**
   * These parameters, which are elsewhere in the configuration.
   *
   * @param section where, such as {@code proxy.local}
   */
  public DriverParameters in(String section) {
    return new DriverParameters(driver, section, values);
  }

  /** Where the operator can set a parameter, for messages: {@code storage.<driver>.<key>}. */
  public String setting(String key) {
    return section + "." + key;
  }

  /**
   * Checks that only known keys are set.
   *
   * @throws DriverParameterException if there is an unknown key; the message lists the known ones
   */
  public void requireKnown(Set<String> known) {
    for (String key : new TreeSet<>(values.keySet())) {
      if (!known.contains(key)) {
        throw new DriverParameterException(
            driver, key, "is not a parameter of this driver; " + list(known));
      }
    }
  }

  private static String list(Set<String> known) {
    return known.isEmpty()
        ? "it has no parameters"
        : "its parameters are: " + String.join(", ", new TreeSet<>(known));
  }

  /** The value as it was written; empty if the key is not set. */
  public Optional<String> text(String key) {
    return Optional.ofNullable(values.get(key));
  }

  /**
   * The value as it was written.
   *
   * @throws DriverParameterException if it is missing or blank
   */
  public String requiredText(String key) {
    return text(key)
        .filter(value -> !value.isBlank())
        .orElseThrow(() -> new DriverParameterException(driver, key, "is required"));
  }

  /**
   * The value as a whole number; empty if the key is not set.
   *
   * @throws DriverParameterException if it is not a whole number or is less than {@code least}
   */
  public OptionalInt integer(String key, int least) {
    Optional<String> text = text(key);
    if (text.isEmpty()) {
      return OptionalInt.empty();
    }
    try {
      int value = Integer.parseInt(text.get().strip());
      if (value >= least) {
        return OptionalInt.of(value);
      }
    } catch (NumberFormatException e) {
      // The exception below covers both errors.
    }
    throw new DriverParameterException(
        driver,
        key,
        "must be a whole number of at least " + least + ", not " + Printable.quoted(text.get()));
  }

  /**
   * The value as a number of bytes: {@code 1024}, {@code 500MB} (powers of 1000), {@code 50GiB}
   * (powers of 1024); empty if the key is not set.
   *
   * @throws DriverParameterException if it is not a size or is less than {@code least}
   */
  public OptionalLong size(String key, long least) {
    Optional<String> text = text(key);
    if (text.isEmpty()) {
      return OptionalLong.empty();
    }
    OptionalLong size = bytes(text.get().strip());
    if (size.isEmpty() || size.getAsLong() < least) {
      throw new DriverParameterException(
          driver,
          key,
          "must be a size of at least "
              + least
              + " bytes, such as 10MiB, not "
              + Printable.quoted(text.get()));
    }
    return size;
  }

  /**
   * The value as a duration longer than zero: {@code 500ms}, {@code 30s}, {@code 1m30s}, {@code
   * 2h}; empty if the key is not set.
   *
   * @throws DriverParameterException if it is not such a duration
   */
  public Optional<Duration> duration(String key) {
    Optional<String> text = text(key);
    if (text.isEmpty()) {
      return Optional.empty();
    }
    Optional<Duration> duration = length(text.get().strip()).filter(value -> !value.isZero());
    if (duration.isEmpty()) {
      throw new DriverParameterException(
          driver,
          key,
          "must be a duration longer than zero, such as 30s or 1m30s, not "
              + Printable.quoted(text.get()));
    }
    return duration;
  }

  /**
   * The value as a secret; empty if the key is not set. No message of this class contains it.
   *
   * @throws DriverParameterException if it is blank
   */
  public Optional<String> secret(String key) {
    Optional<String> text = text(key);
    if (text.isPresent() && text.get().isBlank()) {
      throw new DriverParameterException(driver, key, "must not be blank");
    }
    return text;
  }

  /**
   * The value as true or false, in the forms that Distribution accepts: {@code 1}, {@code t},
   * {@code T}, {@code true}, {@code True}, {@code TRUE}, and the same of {@code 0} and {@code
   * false}; empty if the key is not set.
   *
   * @throws DriverParameterException if it is neither true nor false
   */
  public Optional<Boolean> flag(String key) {
    return text(key)
        .map(
            value ->
                switch (value.strip()) {
                  case "1", "t", "T", "true", "True", "TRUE" -> true;
                  case "0", "f", "F", "false", "False", "FALSE" -> false;
                  default ->
                      throw new DriverParameterException(
                          driver, key, "must be true or false, not " + Printable.quoted(value));
                });
  }

  /**
   * The value as a path on this machine; empty if the key is not set. A relative path is relative
   * to the working directory.
   *
   * @throws DriverParameterException if it is blank or not a path
   */
  public Optional<Path> path(String key) {
    Optional<String> text = text(key);
    if (text.isEmpty()) {
      return Optional.empty();
    }
    try {
      if (!text.get().isBlank()) {
        return Optional.of(Path.of(text.get()));
      }
    } catch (InvalidPathException e) {
      // The exception below covers both errors.
    }
    throw new DriverParameterException(
        driver, key, "must be a path, not " + Printable.quoted(text.get()));
  }

  @Override
  public String toString() {
    return "storage." + driver + new TreeMap<>(values).keySet();
  }

  private static OptionalLong bytes(String text) {
    try {
      return OptionalLong.of(ByteSize.parse(text));
    } catch (IllegalArgumentException e) {
      // The message of the caller says what is right.
      return OptionalLong.empty();
    }
  }

  private static Optional<Duration> length(String text) {
    try {
      return Optional.of(GoDuration.parse(text));
    } catch (IllegalArgumentException e) {
      // As above.
      return Optional.empty();
    }
  }
}
