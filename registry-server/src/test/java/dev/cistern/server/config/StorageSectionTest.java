package dev.cistern.server.config;

import static dev.cistern.server.config.Configurations.config;
import static dev.cistern.server.config.Configurations.problems;
import static dev.cistern.server.config.Configurations.warnings;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cistern.storage.DriverParameterException;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class StorageSectionTest {

  @Test
  void contentIsKeptInCisternDataByDefault() {
    assertThat(config("").storage())
        .isEqualTo(new StorageConfig("filesystem", Map.of("rootdirectory", "cistern-data")));
  }

  @Test
  void theFilesystemDriverTakesItsDirectory() {
    assertThat(
            config("storage: {filesystem: {rootdirectory: /var/lib/registry, maxthreads: 100}}")
                .storage())
        .isEqualTo(
            new StorageConfig(
                "filesystem", Map.of("rootdirectory", "/var/lib/registry", "maxthreads", "100")));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"storage: {filesystem: }", "storage: {filesystem: {}}", "storage: filesystem"})
  void theFilesystemDriverHasADirectoryWithoutBeingGivenOne(String yaml) {
    assertThat(config(yaml).storage()).isEqualTo(StorageConfig.DEFAULT);
  }

  @ParameterizedTest
  @ValueSource(strings = {"storage: {inmemory: }", "storage: {inmemory: {}}", "storage: inmemory"})
  void aDriverIsNamedByItsSection(String yaml) {
    assertThat(config(yaml).storage()).isEqualTo(new StorageConfig("inmemory", Map.of()));
  }

  @Test
  void aDriverOfSomeoneElseTakesItsParametersAsTheyAreWritten() {
    assertThat(config("storage: {tape: {device: /dev/nst0, token: 0x10}}").storage())
        .isEqualTo(new StorageConfig("tape", Map.of("device", "/dev/nst0", "token", "0x10")));
  }

  @Test
  void valuesOfParametersAreNotShown() {
    assertThat(config("storage: {tape: {token: hunter2}}").storage())
        .hasToString("StorageConfig[driver=tape, parameters=[token]]");
  }

  @Test
  void aParameterThatTheDriverDoesNotTakeIsAnError() {
    assertThat(problems("storage:\n  filesystem:\n    rootdir: /x\n"))
        .containsExactly(
            "config.yml:3: storage.filesystem.rootdir: unknown key; nearest known key:"
                + " storage.filesystem.rootdirectory");
  }

  @Test
  void aValueThatTheDriverRefusesIsAnErrorAtItsLine() {
    ConfigLoader loader =
        new ConfigLoader(
            Configurations.DRIVERS,
            (driver, parameters) -> {
              if (parameters.text("device").isEmpty()) {
                throw new DriverParameterException(driver, "device", "is required");
              }
              boolean unused = parameters.flag("token").orElse(true);
            });

    assertThatThrownBy(
            () ->
                loader.load(
                    "config.yml", "storage:\n  tape:\n    device: x\n    token: maybe\n", Map.of()))
        .isInstanceOfSatisfying(
            ConfigException.class,
            e ->
                assertThat(e.problems())
                    .containsExactly(
                        "config.yml:4: storage.tape.token: must be true or false, not 'maybe'"));
    assertThatThrownBy(() -> loader.load("config.yml", "storage: {tape: {}}", Map.of()))
        .hasMessageContaining("config.yml:1: storage.tape.device: is required");
  }

  @Test
  void aParameterIsASingleValue() {
    assertThat(problems("storage:\n  tape:\n    token: {hunter2: x}\n"))
        .containsExactly("config.yml:3: storage.tape.token: must be a single value, not a section");
  }

  @Test
  void twoDriversAreAnErrorAtEach() {
    assertThat(problems("storage:\n  filesystem: {}\n  inmemory: {}\n"))
        .containsExactly(
            "config.yml:2: storage.filesystem: use only one storage driver; the configuration sets filesystem, inmemory",
            "config.yml:3: storage.inmemory: use only one storage driver; the configuration sets filesystem, inmemory");
  }

  @Test
  void aSectionWithoutADriverIsAnError() {
    assertThat(problems("version: 0.1\nstorage:\n  delete: {enabled: true}\n"))
        .containsExactly(
            "config.yml:2: storage: must name a storage driver: filesystem or inmemory or tape");
  }

  @ParameterizedTest
  @ValueSource(strings = {"s3", "s3aws", "gcs", "azure", "swift", "oss"})
  void aDriverThatOnlyDistributionHasIsAnErrorThatSaysSo(String driver) {
    assertThat(problems("storage:\n  " + driver + ":\n    secretkey: hunter2\n"))
        .containsExactly(
            "config.yml:2: storage."
                + driver
                + ": the storage driver '"
                + driver
                + "' is not installed; the installed drivers are: filesystem, inmemory, tape. Use one of"
                + " them, or put the jar of the driver into the directory that --driver-path names");
  }

  @Test
  void aDriverWhoseJarIsMissingIsAnErrorThatSaysSo() {
    assertThat(problems("storage:\n  striped:\n    rootdirectories: /a,/b\n"))
        .singleElement()
        .asString()
        .startsWith("config.yml:2: storage.striped: the storage driver 'striped' is not installed");
  }

  @Test
  void aDriverThatNobodyHasIsAnUnknownKey() {
    assertThat(problems("storage:\n  filesytem: {}\n"))
        .containsExactly(
            "config.yml:2: storage.filesytem: unknown key; nearest known key: storage.filesystem");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "cache: {blobdescriptor: inmemory}",
        "delete: {enabled: true}",
        "maintenance: {readonly: {enabled: true}}",
        "redirect: {disable: true}",
        "tag: {concurrencylimit: 8}"
      })
  void whatDistributionHasMoreIsWarnedAbout(String yaml) {
    String key = yaml.substring(0, yaml.indexOf(':'));

    assertThat(warnings("storage:\n  inmemory: {}\n  " + yaml))
        .singleElement()
        .asString()
        .startsWith("config.yml:3: storage." + key + ": has no effect: ");
  }
}
