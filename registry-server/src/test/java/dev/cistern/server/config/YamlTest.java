package dev.cistern.server.config;

import static dev.cistern.server.config.Configurations.config;
import static dev.cistern.server.config.Configurations.problems;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.entry;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class YamlTest {

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "log: a: b | config.yml:1:7: there is a second ': ' in one line; put the value in quotes, or start a new line",
        "log:\\n\\t- b | config.yml:2:1: there is a tab; indent with spaces",
        "version: 0.1\\nlog: 'abc\\nhttp: 2\\n | config.yml:2:6: a value in quotes starts here and has no closing quote",
        "log: [1, 2\\nhttp: 3 | config.yml:2:5: a list in [brackets] needs a comma or a closing bracket",
        "log: {a: 1\\n | config.yml:2:1: a section in {braces} needs a comma or a closing brace",
        "log:\\n   level: info\\n  fields: 2 | config.yml:3:3: the indentation differs from the lines before it",
        "log: @x | config.yml:1:6: a value cannot start with this character; put the value in quotes",
        "log: * | config.yml:1:7: a value that starts with * must be in quotes",
        "? [a]\\n: b | config.yml:1:4: a key must be a single value",
        "log: !!binary abcd | config.yml:1:6: binary values are not supported",
        "version: 0.1\\n---\\nlog: {} | config.yml:3:1: a second document starts here; a configuration has only one",
        "just text | config.yml:1: the file must consist of sections such as 'proxy:', not of a single value",
        "- a | config.yml:1: the file must consist of sections such as 'proxy:', not of a list",
      })
  void saysInOneLineWhereAndWhatIsWrong(String yaml, String expected) {
    assertThat(problems(yaml.replace("\\n", "\n").replace("\\t", "\t"))).containsExactly(expected);
  }

  @Test
  void pointsAtControlCharacters() {
    assertThat(problems("version: 0.1\nlog: x\u0007"))
        .containsExactly("config.yml:2:7: there is a control character (U+0007)");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "proxy: {password: *hunter2}",
        "proxy: {password: \"hunter2\\q\"}",
        "proxy:\n  password: 'hunter2",
        "proxy:\n  password: hunter2: x",
        "proxy:\n  password: [hunter2",
        "proxy:\n  password: {hunter2: 1}",
        "proxy:\n  password: [hunter2]",
      })
  void neverRepeatsWhatMayBeAPassword(String yaml) {
    assertThat(problems(yaml)).singleElement().asString().doesNotContain("hunter2");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "\n", "# nothing but a comment\n", "{}", "~", "---\n"})
  void anEmptyFileLeavesEverythingAtItsDefault(String yaml) {
    assertThat(config(yaml)).isEqualTo(ServerConfig.defaults());
  }

  @ParameterizedTest
  @ValueSource(strings = {"http:\n", "http: null\n", "http: ~\n", "http: {}\n", "http: {addr: }\n"})
  void aKeyWithoutValueIsAsNone(String yaml) {
    assertThat(config(yaml)).isEqualTo(ServerConfig.defaults());
  }

  @Test
  void aKeyThatStandsTwiceIsAnErrorWithBothPlaces() {
    assertThat(problems("log:\n  level: info\n  level: debug\nlog: {}\n"))
        .containsExactly(
            "config.yml:3: level: duplicate key; it is already set at config.yml:2",
            "config.yml:4: log: duplicate key; it is already set at config.yml:1");
  }

  @Test
  void scalarsKeepTheTextTheyWereWrittenWith() {
    assertThat(config("proxy: {username: 007, password: 1e3}").proxy().main().credentials().login())
        .isEqualTo(new UpstreamLogin.Password("007", "1e3"));
  }

  @Test
  void aliasesStandForWhatWasAnchored() {
    assertThat(config("http: {headers: {X-One: &shared [a, b], X-Two: *shared}}").http().headers())
        .containsEntry("X-Two", List.of("a", "b"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"log: *nowhere", "log: &here [*here]", "log: {level: &v info, formatter: *v}"})
  void anAliasMustFollowItsAnchor(String yaml) {
    assertThat(problems(yaml))
        .singleElement()
        .asString()
        .contains("this alias names no list and no section that is before it");
  }

  @Test
  void aSectionTakesTheKeysOfOthersThatItDoesNotHave() {
    assertThat(
            config(
                    """
                    log: {fields: {<<: {one: a, two: b}, two: c}}
                    """)
                .log()
                .fields())
        .containsOnly(entry("one", "a"), entry("two", "c"));
    assertThat(
            config(
                    """
                    redis: [&first {one: a}, &second {one: b, two: b}]
                    log: {fields: {<<: [*first, *second], three: c}}
                    """)
                .log()
                .fields())
        .containsOnly(entry("one", "a"), entry("two", "b"), entry("three", "c"));
    assertThat(problems("log: {fields: {<<: text}}"))
        .singleElement()
        .asString()
        .contains("<< must name a section");
  }

  @Test
  void aBombOfAliasesIsReadWithoutBeingBlownUp() {
    StringBuilder bomb = new StringBuilder("redis:\n  a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
    for (int i = 1; i < 30; i++) {
      String alias = "*a" + (i - 1) + ", ";
      bomb.append("  a")
          .append(i)
          .append(": &a")
          .append(i)
          .append(" [")
          .append(alias.repeat(9))
          .append("x]\n");
    }

    assertThat(problems(bomb.toString())).isEmpty();
  }

  @Test
  void depthIsBounded() {
    assertThat(problems("redis: " + "[".repeat(400) + "]".repeat(400)))
        .singleElement()
        .asString()
        .startsWith("config.yml:1:")
        .endsWith("the nesting is deeper than 32 levels");
    assertThat(problems("redis: " + "[".repeat(100_000))).hasSize(1);
  }

  @Test
  void manyKeysAreReadInGoodTime() {
    StringBuilder fields = new StringBuilder("log:\n  fields:\n");
    for (int i = 0; i < 50_000; i++) {
      fields.append("    f").append(i).append(": x\n");
    }
    assertThat(config(fields.toString()).log().fields()).hasSize(50_000);
  }

  @Test
  void aKeyOrValueWithALineBreakStaysOnOneLine() {
    assertThat(problems("\"lo\\ng\": {}\nhttp: {draintimeout: \"a\\nb\"}\n"))
        .containsExactly(
            "config.yml:1: lo\\ng: unknown key; nearest known key: log",
            "config.yml:2: http.draintimeout: 'a\\u000ab' is not a duration such as 30s, 1m30s or"
                + " 168h");
  }
}
