package dev.cistern.server.config;

import static dev.cistern.server.config.Configurations.config;
import static dev.cistern.server.config.Configurations.problems;
import static dev.cistern.server.config.Configurations.warnings;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.entry;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class LogSectionTest {

  @Test
  void levelIsInfoByDefault() {
    assertThat(config("").log().level()).isEqualTo(LogConfig.Level.INFO);
  }

  @ParameterizedTest
  @CsvSource({
    "error, ERROR",
    "warn, WARN",
    "info, INFO",
    "debug, DEBUG",
    "Debug, DEBUG",
    "INFO, INFO"
  })
  void levelIsOneOfFour(String text, LogConfig.Level level) {
    assertThat(config("log: {level: " + text + "}").log().level()).isEqualTo(level);
  }

  @Test
  void anotherLevelIsAnErrorThatListsTheFour() {
    assertThat(problems("log:\n  level: loud\n"))
        .containsExactly("config.yml:2: log.level: 'loud' is not one of error, warn, info, debug");
  }

  @Test
  void theOldKeyForTheLevelCountsUnlessTheNewOneIsThere() {
    assertThat(config("loglevel: debug").log().level()).isEqualTo(LogConfig.Level.DEBUG);
    assertThat(config("loglevel: debug\nlog: {level: warn}").log().level())
        .isEqualTo(LogConfig.Level.WARN);
    assertThat(warnings("loglevel: debug"))
        .containsExactly("config.yml:1: loglevel: is the old name of log.level; use that");
  }

  @Test
  void formatterIsTextByDefault() {
    assertThat(config("").log().format()).isEqualTo(LogConfig.Format.TEXT);
  }

  @ParameterizedTest
  @CsvSource({"text, TEXT", "json, JSON", "logstash, JSON"})
  void formatterIsTextOrJson(String text, LogConfig.Format format) {
    assertThat(config("log: {formatter: " + text + "}").log().format()).isEqualTo(format);
  }

  @Test
  void anotherFormatterIsAnError() {
    assertThat(problems("log: {formatter: xml}"))
        .containsExactly("config.yml:1: log.formatter: 'xml' is not one of text, json");
  }

  @Test
  void thereAreNoFieldsByDefault() {
    assertThat(config("").log().fields()).isEmpty();
  }

  @Test
  void fieldsAreKeptInTheirOrder() {
    assertThat(config("log: {fields: {site: lab, rack: 07, empty: }}").log().fields())
        .containsExactly(entry("site", "lab"), entry("rack", "07"));
  }

  @Test
  void aFieldIsASingleValue() {
    assertThat(problems("log:\n  fields:\n    site: [a]\n"))
        .containsExactly("config.yml:3: log.fields.site: must be a single value, not a list");
  }

  @Test
  void accessIsLoggedUnlessDisabled() {
    assertThat(config("").log().accessLog()).isEqualTo(LogConfig.AccessLog.ENABLED);
    assertThat(config("log: {accesslog: {disabled: false}}").log().accessLog())
        .isEqualTo(LogConfig.AccessLog.ENABLED);
    assertThat(config("log: {accesslog: {disabled: true}}").log().accessLog())
        .isEqualTo(LogConfig.AccessLog.DISABLED);
  }

  @ParameterizedTest
  @CsvSource({
    "true, DISABLED",
    "True, DISABLED",
    "yes, DISABLED",
    "on, DISABLED",
    "no, ENABLED",
    "off, ENABLED",
    "FALSE, ENABLED"
  })
  void flagsAreWrittenAsInYaml11(String text, LogConfig.AccessLog expected) {
    assertThat(config("log: {accesslog: {disabled: " + text + "}}").log().accessLog())
        .isEqualTo(expected);
  }

  @Test
  void aFlagIsNothingElse() {
    assertThat(problems("log: {accesslog: {disabled: 1}}"))
        .containsExactly("config.yml:1: log.accesslog.disabled: '1' is neither true nor false");
  }

  @ParameterizedTest
  @CsvSource({"'hooks: [{type: mail}]', log.hooks", "reportcaller: true, log.reportcaller"})
  void whatDistributionHasMoreIsWarnedAbout(String yaml, String key) {
    assertThat(warnings("log:\n  " + yaml))
        .singleElement()
        .asString()
        .startsWith("config.yml:2: " + key + ": has no effect");
  }
}
