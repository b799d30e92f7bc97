package dev.cistern.examples.modules;

import java.io.File;
import java.lang.module.ModuleDescriptor;
import java.lang.module.ModuleFinder;
import java.lang.module.ModuleReference;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** The entries of the test's class path that a module needs at run time, as a module path. */
final class ModulePath {

  private final Map<String, ModuleReference> modules;

  private ModulePath(Map<String, ModuleReference> modules) {
    this.modules = modules;
  }

  static ModulePath of(String root) {
    Map<String, ModuleReference> all = new HashMap<>();
    for (String entry : System.getProperty("java.class.path").split(File.pathSeparator, -1)) {
      ModuleFinder.of(Path.of(entry))
          .findAll()
          .forEach(found -> all.putIfAbsent(found.descriptor().name(), found));
    }
    Map<String, ModuleReference> needed = new TreeMap<>();
    List<String> names = new ArrayList<>(List.of(root));
    while (!names.isEmpty()) {
      String name = names.remove(0);
      // Others, such as java.base, are in the JDK.
      ModuleReference module = all.get(name);
      if (module != null && needed.putIfAbsent(name, module) == null) {
        required(module.descriptor()).forEach(names::add);
      }
    }
    return new ModulePath(needed);
  }

  private static Stream<String> required(ModuleDescriptor module) {
    return module.requires().stream()
        .filter(other -> !other.modifiers().contains(ModuleDescriptor.Requires.Modifier.STATIC))
        .map(ModuleDescriptor.Requires::name);
  }

  ModuleDescriptor module(String name) {
    return Objects.requireNonNull(modules.get(name), name).descriptor();
  }

  ModuleFinder finder() {
    return ModuleFinder.of(paths().toArray(Path[]::new));
  }

  private Stream<Path> paths() {
    return modules.values().stream().map(module -> Path.of(module.location().orElseThrow()));
  }

  /** The path as an argument of {@code java --module-path}. */
  @Override
  public String toString() {
    return paths().map(Path::toString).collect(Collectors.joining(File.pathSeparator));
  }
}
