package dev.cistern.server.config;

import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Reads configuration files and environments. Immutable, and safe for use by several threads. */
public final class ConfigLoader {

  private final ConfigReader reader;

  /**
   * @param drivers the storage drivers that can be loaded, by name, with the keys that each takes
   */
  public ConfigLoader(Map<String, Set<String>> drivers) {
    this.reader = new ConfigReader(drivers);
  }

  /**
   * Reads a file and lays the environment over it.
   *
   * @param environment the process's variables; {@code REGISTRY_*} override keys of the file
   * @throws ConfigException with everything that is wrong
   */
  public LoadedConfig load(Path file, Map<String, String> environment) throws ConfigException {
    return load(file.toString(), ConfigFile.read(file), environment);
  }

  /**
   * Reads the file that {@code REGISTRY_CONFIGURATION_PATH} names, or no file, and lays the
   * environment over it.
   *
   * @throws ConfigException with everything that is wrong
   */
  public LoadedConfig load(Map<String, String> environment) throws ConfigException {
    String path = environment.getOrDefault(EnvironmentOverrides.CONFIGURATION_PATH, "");
    if (path.isEmpty()) {
      return read(Node.Mapping.empty(new Origin.Defaults()), environment, new Report());
    }
    try {
      return load(Path.of(path), environment);
    } catch (InvalidPathException e) {
      throw new ConfigException(
          List.of(EnvironmentOverrides.CONFIGURATION_PATH + ": is not a path"));
    }
  }

  /** Reads text; the name is what messages call the file it came from. */
  LoadedConfig load(String name, String text, Map<String, String> environment)
      throws ConfigException {
    Report report = new Report();
    try {
      Node root =
          YamlTree.read(text, (line, column) -> new Origin.InFile(name, line, column), report);
      return read(mapping(root), environment, report);
    } catch (YamlException e) {
      throw new ConfigException(
          List.of(name + ":" + e.line() + ":" + e.column() + ": " + e.getMessage()));
    }
  }

  private LoadedConfig read(Node.Mapping file, Map<String, String> environment, Report report)
      throws ConfigException {
    Node.Mapping root = new EnvironmentOverrides(report).apply(file, environment);
    ServerConfig config = Section.read(root, report, reader::read);
    report.throwIfErrors();
    return new LoadedConfig(config, report.warnings());
  }

  private static Node.Mapping mapping(Node root) throws ConfigException {
    if (root instanceof Node.Mapping mapping) {
      return mapping;
    }
    if (root instanceof Node.Null) {
      return Node.Mapping.empty(root.origin());
    }
    throw new ConfigException(
        List.of(
            root.origin()
                + ": the file must hold sections such as 'proxy:', and holds "
                + root.kind()));
  }
}
