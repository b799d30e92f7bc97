package dev.cistern.server.config;

import dev.cistern.storage.DriverParameterException;
import dev.cistern.storage.DriverParameters;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Reads configuration files and environments. Immutable, and safe for use by several threads. */
public final class ConfigLoader {

  private final ConfigReader reader;

  /**
   * @param drivers the names of the installed storage drivers, with the parameters of each
   */
  public ConfigLoader(Map<String, Set<String>> drivers) {
    this(drivers, (driver, parameters) -> {});
  }

  /**
   * As above, with a check of the parameters' values, such as {@link
   * dev.cistern.storage.StorageDrivers#check}.
   */
  public ConfigLoader(Map<String, Set<String>> drivers, DriverCheck check) {
    this.reader = new ConfigReader(drivers, check);
  }

  /** Checks the values of a driver's parameters. */
  @FunctionalInterface
  public interface DriverCheck {
    /**
     * Checks them.
     *
     * @throws DriverParameterException if one is missing or invalid
     */
    void check(String driver, DriverParameters parameters);
  }

  /**
   * Reads a file and applies the overrides of the environment.
   *
   * @param environment the variables of the process; {@code REGISTRY_*} override keys of the file
   * @throws ConfigException with all errors
   */
  public LoadedConfig load(Path file, Map<String, String> environment) throws ConfigException {
    return load(file.toString(), text(file, environment), environment).from(file);
  }

  /**
   * Reads the file that {@code REGISTRY_CONFIGURATION_PATH} names, if it names one, and applies the
   * overrides of the environment.
   *
   * @throws ConfigException with all errors
   */
  public LoadedConfig load(Map<String, String> environment) throws ConfigException {
    return effective(environment).loaded();
  }

  private static Optional<Path> file(Map<String, String> environment) throws ConfigException {
    String path = environment.getOrDefault(EnvironmentOverrides.CONFIGURATION_PATH, "");
    try {
      return path.isEmpty() ? Optional.empty() : Optional.of(Path.of(path));
    } catch (InvalidPathException e) {
      throw unreadable(
          EnvironmentOverrides.CONFIGURATION_PATH + ": the value is not a path", "", environment);
    }
  }

  private static String text(Path file, Map<String, String> environment) throws ConfigException {
    try {
      return ConfigFile.read(file);
    } catch (ConfigException e) {
      throw new ConfigException(e.problems(), e.warnings(), LogSection.of("", environment));
    }
  }

  private static ConfigException unreadable(
      String problem, String text, Map<String, String> environment) {
    return new ConfigException(List.of(problem), List.of(), LogSection.of(text, environment));
  }

  /**
   * As {@link #load(Path, Map)}, with the text of the configuration as the server uses it.
   *
   * @throws ConfigException with all errors
   */
  public EffectiveConfig effective(Path file, Map<String, String> environment)
      throws ConfigException {
    EffectiveConfig read = effective(file.toString(), text(file, environment), environment);
    return new EffectiveConfig(read.loaded().from(file), read.yaml());
  }

  /**
   * As {@link #load(Map)}, with the text of the configuration as the server uses it.
   *
   * @throws ConfigException with all errors
   */
  public EffectiveConfig effective(Map<String, String> environment) throws ConfigException {
    Optional<Path> file = file(environment);
    return file.isPresent()
        ? effective(file.get(), environment)
        : read(Node.Mapping.empty(new Origin.Defaults()), environment, new Report());
  }

  /** Reads text; messages use the name for the file that it comes from. */
  LoadedConfig load(String name, String text, Map<String, String> environment)
      throws ConfigException {
    return effective(name, text, environment).loaded();
  }

  EffectiveConfig effective(String name, String text, Map<String, String> environment)
      throws ConfigException {
    Report report = new Report();
    try {
      Node root =
          YamlTree.read(text, (line, column) -> new Origin.InFile(name, line, column), report);
      return read(mapping(root, environment), environment, report);
    } catch (YamlException e) {
      throw unreadable(
          name + ":" + e.line() + ":" + e.column() + ": " + e.getMessage(), text, environment);
    }
  }

  private EffectiveConfig read(Node.Mapping file, Map<String, String> environment, Report report)
      throws ConfigException {
    Node.Mapping root = new EnvironmentOverrides(report).apply(file, environment);
    ServerConfig config = Section.read(root, report, top -> reader.read(top, environment));
    report.throwIfErrors(config.log());
    return new EffectiveConfig(
        new LoadedConfig(config, report.warnings(), Optional.empty()),
        EffectiveYaml.of(root, report));
  }

  private static Node.Mapping mapping(Node root, Map<String, String> environment)
      throws ConfigException {
    if (root instanceof Node.Mapping mapping) {
      return mapping;
    }
    if (root instanceof Node.Null) {
      return Node.Mapping.empty(root.origin());
    }
    throw unreadable(
        root.origin()
            + ": the file must consist of sections such as 'proxy:', not of "
            + root.kind(),
        "",
        environment);
  }
}
