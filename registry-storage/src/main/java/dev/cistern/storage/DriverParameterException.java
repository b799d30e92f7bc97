package dev.cistern.storage;

/**
 * A parameter of a storage driver is unknown, missing or invalid. The message is written for the
 * operator.
 */
public final class DriverParameterException extends IllegalArgumentException {

  private final String driver;
  private final String parameter;
  private final String problem;

  /**
   * Makes the message {@code storage.<driver>.<parameter> <problem>}.
   *
   * @param driver the driver's name
   * @param parameter the parameter's key below the driver's name
   * @param problem what is wrong, as the rest of a sentence: {@code "is required"}
   */
  public DriverParameterException(String driver, String parameter, String problem) {
    super("storage." + driver + "." + parameter + " " + problem);
    this.driver = driver;
    this.parameter = parameter;
    this.problem = problem;
  }

  /** The driver's name, its key under {@code storage}. */
  public String driver() {
    return driver;
  }

  /** The parameter's key, which allows a message to name its line in the file. */
  public String parameter() {
    return parameter;
  }

  /** What is wrong, as the rest of a sentence. */
  public String problem() {
    return problem;
  }
}
