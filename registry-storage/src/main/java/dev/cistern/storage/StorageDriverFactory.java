package dev.cistern.storage;

import java.io.IOException;
import java.util.Set;

/**
 * Makes drivers of one kind. {@link java.util.ServiceLoader} finds it: on the class path by the
 * file {@code META-INF/services/dev.cistern.storage.StorageDriverFactory}, which names the class;
 * in a module by {@code provides dev.cistern.storage.StorageDriverFactory with ...}. The class is
 * public and has a public constructor without parameters.
 */
public interface StorageDriverFactory {

  /**
   * The driver's name under {@code storage} in the configuration: lower-case letters and digits.
   */
  String name();

  /**
   * The keys of the driver's parameters. With any other key in the configuration, opening fails
   * before {@link #create} is called.
   */
  default Set<String> parameters() {
    return Set.of();
  }

  /**
   * The keys of the parameters that hold secrets, whose values are not shown to people. By default
   * all may hold some.
   */
  default Set<String> secretParameters() {
    return parameters();
  }

  /**
   * Checks the values of the parameters without opening anything, for a check of a configuration.
   * By default all values are right. {@link #create} checks them too.
   *
   * @throws DriverParameterException if a parameter is missing or invalid
   */
  default void check(DriverParameters parameters) {}

  /**
   * Opens the back-end. The caller closes the driver.
   *
   * @throws DriverParameterException if a parameter is missing or invalid
   * @throws IOException if the back-end cannot be used with this configuration; the message says
   *     why
   */
  StorageDriver create(DriverParameters parameters) throws IOException;

  /**
   * Opens an existing back-end for inspection: creates nothing and does not check whether it is
   * writable. The default calls {@link #create}, which is right for back-ends that a driver never
   * creates.
   *
   * @throws DriverParameterException if a parameter is missing or invalid
   * @throws IOException if the back-end does not exist or cannot be used with this configuration
   */
  default StorageDriver openExisting(DriverParameters parameters) throws IOException {
    return create(parameters);
  }
}
