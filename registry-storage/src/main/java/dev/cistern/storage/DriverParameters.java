package dev.cistern.storage;

import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * What stands under {@code storage.<driver>} in the configuration: scalars by key, as they were
 * written. Immutable. Values may be secrets, so {@link #toString} shows only the keys.
 */
public final class DriverParameters {

  private final String driver;
  private final Map<String, String> values;

  private DriverParameters(String driver, Map<String, String> values) {
    this.driver = driver;
    this.values = Map.copyOf(values);
  }

  public static DriverParameters of(String driver, Map<String, String> values) {
    return new DriverParameters(driver, values);
  }

  /** No parameters at all. */
  public static DriverParameters none(String driver) {
    return new DriverParameters(driver, Map.of());
  }

  /**
   * Checks that no key stands here beside the known ones.
   *
   * @throws DriverParameterException that names the known key which is nearest to the unknown one
   */
  public void requireKnown(Set<String> known) {
    for (String key : new TreeSet<>(values.keySet())) {
      if (!known.contains(key)) {
        throw new DriverParameterException(
            driver, key, "is not a parameter of this driver; " + hint(key, known));
      }
    }
  }

  private static String hint(String key, Set<String> known) {
    return new TreeSet<>(known)
        .stream()
            .min(Comparator.comparingInt(candidate -> EditDistance.between(key, candidate)))
            .map(nearest -> "the nearest that it has is \"" + nearest + "\"")
            .orElse("it has none");
  }

  /** The value as it was written. */
  public Optional<String> text(String key) {
    return Optional.ofNullable(values.get(key));
  }

  /**
   * The value as it was written.
   *
   * @throws DriverParameterException when it is missing or blank
   */
  public String requiredText(String key) {
    return text(key)
        .filter(value -> !value.isBlank())
        .orElseThrow(() -> new DriverParameterException(driver, key, "is required"));
  }

  /**
   * A whole number.
   *
   * @throws DriverParameterException when it is no whole number of at least {@code least}
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
      // Falls through to the one message that both faults share.
    }
    throw new DriverParameterException(
        driver, key, "must be a whole number of at least " + least + ": \"" + text.get() + "\"");
  }

  /**
   * A yes or no.
   *
   * @throws DriverParameterException when it is neither {@code true} nor {@code false}
   */
  public Optional<Boolean> flag(String key) {
    return text(key)
        .map(
            value ->
                switch (value.strip()) {
                  case "true" -> true;
                  case "false" -> false;
                  default ->
                      throw new DriverParameterException(
                          driver, key, "must be true or false: \"" + value + "\"");
                });
  }

  /**
   * A path on this machine; a relative one counts from the working directory.
   *
   * @throws DriverParameterException when it is blank or no path
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
      // Falls through to the one message that both faults share.
    }
    throw new DriverParameterException(driver, key, "must be a path: \"" + text.get() + "\"");
  }

  @Override
  public String toString() {
    return "storage." + driver + new TreeMap<>(values).keySet();
  }
}
