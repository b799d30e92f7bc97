package dev.cistern.storage;

/**
 * A parameter of a storage driver is unknown, missing, or makes no sense. The message is fit for an
 * operator to read.
 */
public final class DriverParameterException extends IllegalArgumentException {

  private final String driver;
  private final String parameter;

  /**
   * @param driver the driver's name, the parameter's key below it, and what is wrong with it as the
   *     rest of a sentence
   */
  public DriverParameterException(String driver, String parameter, String problem) {
    super("storage." + driver + "." + parameter + " " + problem);
    this.driver = driver;
    this.parameter = parameter;
  }

  /** The name of the driver, as under {@code storage}. */
  public String driver() {
    return driver;
  }

  /** The key below the driver's name, so that a reader of a file can point to its line. */
  public String parameter() {
    return parameter;
  }
}
