package dev.cistern.server.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ConfigLoaderTest {

  private final ConfigLoader loader = new ConfigLoader(Configurations.DRIVERS);

  private Path directory;

  @BeforeEach
  void writeHere(@TempDir Path directory) {
    this.directory = directory;
  }

  private Path write(byte[] bytes) throws IOException {
    return Files.write(directory.resolve("config.yml"), bytes);
  }

  private Path write(String text) throws IOException {
    return write(text.getBytes(StandardCharsets.UTF_8));
  }

  @Test
  void withoutAFileTheDefaultsApply() throws Exception {
    assertThat(loader.load(Map.of()).config()).isEqualTo(ServerConfig.defaults());
    assertThat(loader.load(Map.of("REGISTRY_CONFIGURATION_PATH", "")).config())
        .isEqualTo(ServerConfig.defaults());
  }

  @Test
  void withoutAFileTheEnvironmentApplies() throws Exception {
    assertThat(loader.load(Map.of("REGISTRY_HTTP_ADDR", ":7")).config().http().addr())
        .hasToString(":7");
  }

  @Test
  void aFileIsRead() throws Exception {
    assertThat(loader.load(write("http: {addr: ':8'}"), Map.of()).config().http().addr())
        .hasToString(":8");
  }

  @Test
  void theEnvironmentMayNameTheFile() throws Exception {
    Path file = write("http: {addr: ':9'}");

    assertThat(
            loader
                .load(Map.of("REGISTRY_CONFIGURATION_PATH", file.toString()))
                .config()
                .http()
                .addr())
        .hasToString(":9");
  }

  @Test
  void aByteOrderMarkIsNoPartOfTheText() throws Exception {
    assertThat(loader.load(write("\ufeffhttp: {addr: ':8'}"), Map.of()).config().http().addr())
        .hasToString(":8");
  }

  @Test
  void aProblemNamesTheFileAsItWasGiven() throws Exception {
    Path file = write("version: 0.1\nlog:\n  levl: info\n");

    assertThatThrownBy(() -> loader.load(file, Map.of()))
        .isInstanceOf(ConfigException.class)
        .hasMessage(file + ":3: log.levl: unknown key; nearest known key: log.level");
  }

  @Test
  void aFileThatIsNotThereIsAnError() {
    Path file = directory.resolve("none.yml");

    assertThatThrownBy(() -> loader.load(file, Map.of()))
        .isInstanceOf(ConfigException.class)
        .hasMessage(file + ": the file does not exist");
    assertThatThrownBy(() -> loader.load(Map.of("REGISTRY_CONFIGURATION_PATH", file.toString())))
        .hasMessage(file + ": the file does not exist");
    assertThatThrownBy(() -> loader.load(Map.of("REGISTRY_CONFIGURATION_PATH", "a\0b")))
        .hasMessage("REGISTRY_CONFIGURATION_PATH: the value is not a path");
  }

  @Test
  void aDirectoryIsAnError() {
    assertThatThrownBy(() -> loader.load(directory, Map.of()))
        .hasMessage(directory + ": is a directory; name the file in it");
  }

  @Test
  void aFileThatCannotBeReadIsAnError() throws IOException {
    Path notADirectory = write("").resolve("config.yml");

    assertThatThrownBy(() -> loader.load(notADirectory, Map.of()))
        .isInstanceOf(ConfigException.class)
        .hasMessageStartingWith(notADirectory + ": cannot read the file");
  }

  @Test
  void aFileThatIsNoTextIsAnError() throws IOException {
    Path file = write(new byte[] {'a', ':', ' ', (byte) 0xff});

    assertThatThrownBy(() -> loader.load(file, Map.of())).hasMessage(file + ": is not UTF-8 text");
  }

  @Test
  void aHugeFileIsNotRead() throws IOException {
    Path file = write(new byte[ConfigFile.MAX_BYTES + 1]);

    assertThatThrownBy(() -> loader.load(file, Map.of()))
        .hasMessageStartingWith(file + ": is larger than 1 MiB");
  }
}
