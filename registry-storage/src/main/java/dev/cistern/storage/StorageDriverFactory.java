package dev.cistern.storage;

import java.io.IOException;
import java.util.Set;

/**
 * Makes drivers of one kind. Found by {@link java.util.ServiceLoader}: list the class in {@code
 * META-INF/services/dev.cistern.storage.StorageDriverFactory}, public, with a public constructor
 * without parameters.
 */
public interface StorageDriverFactory {

  /** The name under {@code storage} in the configuration: lower-case letters and digits. */
  String name();

  /**
   * The keys that may stand below that name. Any other is an error before {@link #create} is
   * called.
   */
  default Set<String> parameters() {
    return Set.of();
  }

  /**
   * Opens the back-end. The caller closes the driver.
   *
   * @throws DriverParameterException when a parameter is missing or makes no sense
   * @throws IOException when the back-end cannot be used as it is configured; the message says what
   *     to mend
   */
  StorageDriver create(DriverParameters parameters) throws IOException;

  /**
   * Opens the back-end as it is, for those who look at it: makes nothing that is not there, and
   * does not find out whether it can be written to. By default as {@link #create}, which is right
   * for back-ends that are never made.
   *
   * @throws DriverParameterException as {@link #create} does
   * @throws IOException when there is none, or it cannot be used as it is configured
   */
  default StorageDriver openExisting(DriverParameters parameters) throws IOException {
    return create(parameters);
  }
}
