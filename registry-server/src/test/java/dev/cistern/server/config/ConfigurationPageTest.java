package dev.cistern.server.config;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cistern.storage.StorageDriverFactory;
import dev.cistern.storage.filesystem.FilesystemDriverFactory;
import dev.cistern.storage.memory.MemoryDriverFactory;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Holds {@code docs/configuration.md} against the keys that the readers ask for. */
class ConfigurationPageTest {

  private static final Map<String, Set<String>> DRIVERS =
      Stream.of(new FilesystemDriverFactory(), new MemoryDriverFactory())
          .collect(Collectors.toMap(StorageDriverFactory::name, StorageDriverFactory::parameters));

  /** What some keys need beside them before they may be set or have an effect. */
  private static final Map<String, String> SURROUNDINGS =
      Map.of(
          "proxy.peers.dns", "cistern-headless:5000",
          "proxy.peers.secretfile", "secret",
          "http.tls.certificate", "cache.crt",
          "http.tls.key", "cache.key",
          "http.tls.clientcas", "clients.pem",
          "auth.htpasswd.path", "users",
          "http.debug.addr", ":5001",
          "http.debug.prometheus.enabled", "true");

  private static final Pattern NUMBER = Pattern.compile("\\d+");

  private static ServerConfig config(Section top) {
    return new ConfigReader(DRIVERS, (driver, parameters) -> {}).read(top, Map.of());
  }

  private static ConfigurationPage page() {
    return ConfigurationPage.read();
  }

  /** The keys that the readers asked for, without the sections on the way to them. */
  private static Map<String, KeyUse> knownKeys() {
    Map<String, KeyUse> known = new TreeMap<>();
    for (String driver : DRIVERS.keySet()) {
      Report report = new Report();
      Node.Mapping file =
          new EnvironmentOverrides(report)
              .apply(Node.Mapping.empty(new Origin.Defaults()), Map.of("REGISTRY_STORAGE", driver));
      ServerConfig unused = Section.read(file, report, ConfigurationPageTest::config);
      known.putAll(report.known());
    }
    Set<String> names = Set.copyOf(known.keySet());
    known
        .keySet()
        .removeIf(section -> names.stream().anyMatch(name -> name.startsWith(section + ".")));
    return known;
  }

  private static List<String> known(KeyUse use) {
    return knownKeys().entrySet().stream()
        .filter(key -> key.getValue() == use)
        .map(Map.Entry::getKey)
        .toList();
  }

  @Test
  void everyKeyIsDocumentedAndNothingElse() {
    assertThat(page().keys())
        .extracting(ConfigurationPage.Key::name)
        .containsExactlyInAnyOrderElementsOf(known(KeyUse.EFFECTIVE));
  }

  /** The keys of an item of {@code proxy.upstreams}, without those before them. */
  private static Set<String> keysOfAnUpstream(String name) throws Exception {
    Report report = new Report();
    Node root =
        YamlTree.read(
            "proxy: {upstreams: [{name: '" + name + "'}]}",
            (line, column) -> new Origin.Defaults(),
            report);
    ServerConfig unused = Section.read((Node.Mapping) root, report, ConfigurationPageTest::config);
    return report.known().keySet().stream()
        .filter(key -> key.startsWith("proxy.upstreams."))
        .map(key -> key.substring("proxy.upstreams.".length()))
        .collect(Collectors.toSet());
  }

  @Test
  void whatAnUpstreamCanHaveIsDocumentedForTheDefaultUpstream() throws Exception {
    Set<String> known = new HashSet<>(known(KeyUse.EFFECTIVE));
    known.addAll(Set.of("proxy.tls", "proxy.exec", "proxy.parallel"));

    assertThat(keysOfAnUpstream("ghcr.io"))
        .contains("name", "remoteurl", "username", "headertimeout")
        .allSatisfy(key -> assertThat(known).contains("proxy." + key));
    assertThat(keysOfAnUpstream("*")).isSubsetOf(keysOfAnUpstream("ghcr.io"));
  }

  @Test
  void everyKeyWithoutEffectIsDocumented() {
    assertThat(page().keysUnder("Keys without effect"))
        .containsExactlyInAnyOrderElementsOf(known(KeyUse.WITHOUT_EFFECT));
  }

  @Test
  void everyRefusedKeyIsDocumented() {
    assertThat(page().keysUnder("Refused keys"))
        .containsExactlyInAnyOrderElementsOf(known(KeyUse.REFUSED));
  }

  private static List<ConfigurationPage.Key> keysWithLiteralDefaults() {
    return page().keys().stream().filter(key -> key.literalDefault().isPresent()).toList();
  }

  @ParameterizedTest
  @MethodSource("keysWithLiteralDefaults")
  void theDefaultIsWhatAppliesWithoutTheKey(ConfigurationPage.Key key) throws ConfigException {
    String value = key.literalDefault().orElseThrow();

    assertThat(with(key, value)).isEqualTo(without(key));
    assertThat(differs(key, another(value)))
        .as("the value %s in the place of the default must make a difference", another(value))
        .isTrue();
  }

  private static ServerConfig without(ConfigurationPage.Key key) throws ConfigException {
    return load(environment(key));
  }

  private static ServerConfig with(ConfigurationPage.Key key, String value) throws ConfigException {
    Map<String, String> environment = environment(key);
    environment.put(variable(key.name()), value);
    return load(environment);
  }

  private static boolean differs(ConfigurationPage.Key key, String value) throws ConfigException {
    try {
      return !with(key, value).equals(without(key));
    } catch (ConfigException e) {
      // Not a good value, so the key was read.
      return true;
    }
  }

  /** The surroundings without the key itself, as variables. */
  private static Map<String, String> environment(ConfigurationPage.Key key) {
    Map<String, String> environment = new HashMap<>();
    SURROUNDINGS.forEach((name, value) -> environment.put(variable(name), value));
    environment.remove(variable(key.name()));
    return environment;
  }

  private static ServerConfig load(Map<String, String> environment) throws ConfigException {
    return new ConfigLoader(DRIVERS).load(environment).config();
  }

  private static String variable(String key) {
    return EnvironmentOverrides.PREFIX + key.replace('.', '_').toUpperCase(Locale.ROOT);
  }

  /** The value with its first number increased, or turned over, or made longer. */
  private static String another(String value) {
    if (value.equals("false") || value.equals("true")) {
      return value.equals("true") ? "false" : "true";
    }
    String increased =
        NUMBER
            .matcher(value)
            .replaceFirst(number -> String.valueOf(Long.parseLong(number.group()) + 1));
    return increased.equals(value) ? value + "x" : increased;
  }
}
