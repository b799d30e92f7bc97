package dev.cistern.server.config;

import static dev.cistern.server.config.Configurations.load;
import static dev.cistern.server.config.Configurations.problems;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.entry;

import java.net.URI;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class EnvironmentOverridesTest {

  private static ServerConfig config(String yaml, Map<String, String> environment) {
    return load(yaml, environment).config();
  }

  @Test
  void aVariableMakesAKeyThatIsNotInTheFile() {
    assertThat(
            config("", Map.of("REGISTRY_PROXY_REMOTEURL", "http://localhost:5001"))
                .proxy()
                .main()
                .remoteUrl())
        .isEqualTo(URI.create("http://localhost:5001"));
    assertThat(config("proxy: ", Map.of("REGISTRY_HTTP_TLS_MINIMUMTLS", "")).http().tls())
        .isEmpty();
  }

  @Test
  void aVariableReplacesAKeyOfTheFile() {
    assertThat(config("http: {addr: ':1', prefix: /a/}", Map.of("REGISTRY_HTTP_ADDR", ":2")).http())
        .satisfies(
            http -> {
              assertThat(http.addr()).hasToString(":2");
              assertThat(http.prefix()).isEqualTo("/a/");
            });
  }

  @Test
  void anEmptyVariableTakesAKeyAway() {
    assertThat(config("http: {addr: ':1'}", Map.of("REGISTRY_HTTP_ADDR", "")).http().addr())
        .hasToString(":5000");
  }

  @Test
  void theVariableOfPodmanIsNoOverride() {
    assertThat(load("", Map.of("REGISTRY_AUTH_FILE", "/run/user/1000/auth.json")).warnings())
        .isEmpty();
  }

  @Test
  void aValueMayBeASection() {
    assertThat(
            config("http: {addr: ':1', prefix: /a/}", Map.of("REGISTRY_HTTP", "{addr: ':2'}"))
                .http())
        .satisfies(
            http -> {
              assertThat(http.addr()).hasToString(":2");
              assertThat(http.prefix()).isEqualTo("/");
            });
  }

  @Test
  void aSectionsVariableComesBeforeThoseOfItsKeys() {
    assertThat(
            config(
                    "",
                    Map.of(
                        "REGISTRY_LOG_LEVEL",
                        "warn",
                        "REGISTRY_LOG",
                        "{level: debug, formatter: json}"))
                .log())
        .isEqualTo(
            new LogConfig(
                LogConfig.Level.WARN,
                LogConfig.Format.JSON,
                Map.of(),
                LogConfig.AccessLog.ENABLED));
  }

  @Test
  void theStorageDriverMayBeChosenAndThenConfigured() {
    Map<String, String> environment =
        Map.of(
            "REGISTRY_STORAGE", "filesystem", "REGISTRY_STORAGE_FILESYSTEM_ROOTDIRECTORY", "/data");

    assertThat(config("storage: {inmemory: {}}", environment).storage())
        .isEqualTo(new StorageConfig("filesystem", Map.of("rootdirectory", "/data")));
  }

  @Test
  void aDriverMadeByAVariableStandsBesideThatOfTheFile() {
    assertThat(
            problems(
                "storage: {inmemory: {}}",
                Map.of("REGISTRY_STORAGE_FILESYSTEM_ROOTDIRECTORY", "/data")))
        .containsExactly(
            "config.yml:1: storage.inmemory: use only one storage driver; the configuration sets"
                + " filesystem, inmemory",
            "REGISTRY_STORAGE_FILESYSTEM_ROOTDIRECTORY: storage.filesystem: use only one storage"
                + " driver; the configuration sets filesystem, inmemory");
  }

  @Test
  void aStorageKeyThatIsNoDriverLeavesTheDefaultDriver() {
    assertThat(config("", Map.of("REGISTRY_STORAGE_DELETE_ENABLED", "true")).storage())
        .isEqualTo(StorageConfig.DEFAULT);
  }

  @Test
  void keysOfFreeSectionsKeepTheirCaseWhenTheyAreThereAndAreLowerCaseOtherwise() {
    Map<String, String> environment =
        Map.of("REGISTRY_LOG_FIELDS_SITE", "b", "REGISTRY_LOG_FIELDS_RACK", "7");

    assertThat(config("log: {fields: {Site: a}}", environment).log().fields())
        .containsExactly(entry("Site", "b"), entry("rack", "7"));
  }

  @Test
  void anIndexNamesAnItemOfAListOrItsEnd() {
    Map<String, String> environment =
        Map.of(
            "REGISTRY_HTTP_HEADERS_X-ONE_1", "B",
            "REGISTRY_HTTP_HEADERS_X-ONE_2", "c",
            "REGISTRY_HTTP_HEADERS_X-TWO_0", "d");

    assertThat(config("http: {headers: {X-One: [a, b]}}", environment).http().headers())
        .containsExactly(entry("X-One", List.of("a", "B", "c")), entry("x-two", List.of("d")));
  }

  @Test
  void aListThatIsNotInTheFileBeginsWithItem0() {
    assertThat(problems("", Map.of("REGISTRY_PROXY_PIN_1", "library/alpine:3")))
        .containsExactly(
            "REGISTRY_PROXY_PIN_1: is item 1 of a list that has no item 0; begin with"
                + " REGISTRY_PROXY_PIN_0");
    assertThat(problems("", Map.of("REGISTRY_PROXY_UPSTREAMS_2_NAME", "ghcr.io")))
        .containsExactly(
            "REGISTRY_PROXY_UPSTREAMS_2_NAME: is item 2 of a list that has no item 0; begin with"
                + " REGISTRY_PROXY_UPSTREAMS_0_NAME");
  }

  @ParameterizedTest
  @ValueSource(strings = {"2", "X", "-1", "99999999999"})
  void anotherIndexIsAnError(String index) {
    String variable = "REGISTRY_HTTP_HEADERS_X-ONE_" + index;

    assertThat(problems("http: {headers: {X-One: [a]}}", Map.of(variable, "b")))
        .containsExactly(
            variable + ": '" + index + "' is not an index from 0 to 1; the list has 1 item");
  }

  @Test
  void aSecretKeepsTheTextItWasWrittenWith() {
    Map<String, String> environment =
        Map.of("REGISTRY_PROXY_USERNAME", "0123", "REGISTRY_PROXY_PASSWORD", "'*a: #b'");

    assertThat(config("", environment).proxy().main().credentials().login())
        .isEqualTo(new UpstreamLogin.Password("0123", "*a: #b"));
  }

  @Test
  void aProblemNamesTheVariable() {
    assertThat(problems("http: {addr: ':1'}", Map.of("REGISTRY_HTTP_ADDR", "5000")))
        .singleElement()
        .asString()
        .startsWith("REGISTRY_HTTP_ADDR: http.addr: '5000' is not an address");
  }

  @Test
  void anUnknownKeyInAValueIsAnError() {
    assertThat(problems("", Map.of("REGISTRY_PROXY", "{remoteur: x}")))
        .containsExactly(
            "REGISTRY_PROXY: proxy.remoteur: unknown key; nearest known key: proxy.remoteurl");
  }

  @ParameterizedTest
  @ValueSource(strings = {"*hunter2", "{hunter2", "hunter2: a: b", "\"hunter2\\q\"", "@hunter2"})
  void aValueThatIsNoYamlIsAnErrorThatDoesNotRepeatIt(String value) {
    assertThat(problems("", Map.of("REGISTRY_PROXY_PASSWORD", value)))
        .singleElement()
        .asString()
        .startsWith("REGISTRY_PROXY_PASSWORD: the value is not valid YAML at character ")
        .endsWith(". If it is plain text, put it in single quotes")
        .doesNotContain("hunter2");
  }

  @Test
  void variablesThatLeadNowhereAreIgnoredWithAWarning() {
    LoadedConfig loaded =
        load(
            "http: {addr: ':1'}",
            Map.of(
                "REGISTRY_PORT", "tcp://10.0.0.1:5000",
                "REGISTRY_PORT_5000_TCP_ADDR", "10.0.0.1",
                "REGISTRY_PROXY_SERVICE_HOST", "10.0.0.1",
                "REGISTRY_PROXY_REMOTEURLL", "x",
                "REGISTRY_HTTP_ADDR_X", "y"));

    assertThat(loaded.config()).isEqualTo(load("http: {addr: ':1'}", Map.of()).config());
    assertThat(loaded.warnings())
        .containsExactly(
            "REGISTRY_HTTP_ADDR_X: ignored: a part of this name is a single value, not a section",
            "REGISTRY_PORT: ignored: unknown key port; nearest known key: log",
            "REGISTRY_PORT_5000_TCP_ADDR: ignored: a part of this name is a single value, not a"
                + " section",
            "REGISTRY_PROXY_REMOTEURLL: ignored: unknown key proxy.remoteurll; nearest known key:"
                + " proxy.remoteurl",
            "REGISTRY_PROXY_SERVICE_HOST: ignored: unknown key proxy.service; nearest known key:"
                + " auth.token.service");
  }

  @Test
  void otherVariablesAreNotLookedAt() {
    Map<String, String> environment =
        Map.of(
            "PATH",
            "/bin",
            "registry_http_addr",
            ":2",
            "REGISTRY_",
            "z",
            "REGISTRYHTTP",
            "x",
            "REGISTRY_CONFIGURATION_PATH",
            "x");

    assertThat(load("", environment))
        .isEqualTo(new LoadedConfig(ServerConfig.defaults(), List.of(), Optional.empty()));
  }

  @Test
  void authenticationThatIsAskedForByAVariableIsNotPassedOver() {
    assertThat(load("", Map.of("REGISTRY_AUTH_HTPASSWD_PATH", "/htpasswd")).config().auth())
        .isNotEqualTo(AuthConfig.NONE);
    assertThat(problems("", Map.of("REGISTRY_AUTH", "silly")))
        .singleElement()
        .asString()
        .startsWith("REGISTRY_AUTH: auth.silly: is not supported");
    assertThat(problems("", Map.of("REGISTRY_AUTH_OTHER_KEY", "x")))
        .singleElement()
        .asString()
        .startsWith("REGISTRY_AUTH_OTHER_KEY: auth.other: is not supported");
  }

  @Test
  void aValueThatEndsInACommentIsAWarningThatDoesNotRepeatIt() {
    String comment = "what follows ' #' is a comment; put the value in single quotes if it is not";
    assertThat(load("", Map.of("REGISTRY_LOG_LEVEL", "warn #info")).warnings())
        .containsExactly("REGISTRY_LOG_LEVEL: " + comment);
    assertThat(
            load("proxy: {username: me}", Map.of("REGISTRY_PROXY_PASSWORD", "hunter2 #a"))
                .warnings())
        .containsExactly("REGISTRY_PROXY_PASSWORD: " + comment);
    for (String whole : List.of("'hunter2 #a'", "hunter2#a")) {
      assertThat(load("proxy: {username: me}", Map.of("REGISTRY_PROXY_PASSWORD", whole)).warnings())
          .isEmpty();
    }
  }

  @Test
  void aListThatLosesAPartToACommentIsAWarning() {
    String comment =
        "REGISTRY_PROXY_DENY: what follows ' #' is a comment; put the value in single quotes if it"
            + " is not";
    for (String list :
        List.of("[team/* #, other/*\n]", "- team/* # other/*", "- team/*\n- other/*\t# more")) {
      assertThat(load("", Map.of("REGISTRY_PROXY_DENY", list)).warnings()).containsExactly(comment);
    }
    // Lines of their own are not taken for values, and what is quoted is no comment.
    assertThat(
            load("", Map.of("REGISTRY_PROXY_DENY", "# ours\n- team/*\n# theirs\n- other/*\n"))
                .warnings())
        .isEmpty();
    assertThat(load("", Map.of("REGISTRY_HTTP_HEADERS_X-Note", "['a #b', \"c # d\"]")).warnings())
        .isEmpty();
  }
}
