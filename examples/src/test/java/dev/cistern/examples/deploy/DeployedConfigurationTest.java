package dev.cistern.examples.deploy;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cistern.server.cli.InstalledDrivers;
import dev.cistern.server.config.ConfigException;
import dev.cistern.server.config.ConfigLoader;
import dev.cistern.server.config.LoadedConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The configurations are what the server takes, without a warning. */
class DeployedConfigurationTest {

  private static final Path DEPLOY = Path.of("deploy");

  private final ConfigLoader loader = new ConfigLoader(InstalledDrivers.keys());

  @ParameterizedTest
  @ValueSource(
      strings = {
        "config.yml",
        "config-striped.yml",
        "../clients/config.yml",
        "../../packaging/config.yml"
      })
  void theFilesAreTaken(String file) throws ConfigException {
    assertThat(loader.load(DEPLOY.resolve(file), Map.of()).warnings()).isEmpty();
  }

  @Test
  void thatOfTheConfigMapIsTakenAndFitsTheVolumes(@TempDir Path directory)
      throws ConfigException, IOException {
    String manifest = Files.readString(DEPLOY.resolve("kubernetes/cistern.yaml"));
    String block = manifest.split("config.yml: \\|\n", 2)[1].split("\n---", 2)[0];
    Path file = Files.writeString(directory.resolve("config.yml"), block.stripIndent());

    LoadedConfig loaded = loader.load(file, Map.of());
    assertThat(loaded.warnings()).isEmpty();
    assertThat(manifest)
        .contains("mountPath: " + loaded.config().storage().parameters().get("rootdirectory"))
        .contains("containerPort: " + loaded.config().http().addr().port());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "kubernetes/cistern.yaml: registry.example/cistern:",
        "compose.yml: image: cistern:",
        "../../docs/operations.md: packaging/target/image/amd64/oci:",
        "../../packaging/helm/cistern/Chart.yaml: appVersion: "
      })
  void theFilesHaveTheVersionOfTheBuild(String fileAndText) throws IOException {
    String version = Files.readString(Path.of("pom.xml")).split("</?version>", 3)[1];
    String[] words = fileAndText.split(": ", 2);

    assertThat(Files.readString(DEPLOY.resolve(words[0]))).contains(words[1] + version);
  }

  @Test
  void theUnitStartsTheProgramOfThePackageAndOwnsItsContent() throws IOException, ConfigException {
    Path packaging = DEPLOY.resolve("../../packaging");
    LoadedConfig loaded = loader.load(packaging.resolve("config.yml"), Map.of());
    String root = "" + loaded.config().storage().parameters().get("rootdirectory");

    assertThat(Files.readString(packaging.resolve("systemd/cistern.service")))
        .contains("ExecStart=/usr/bin/cistern serve /etc/cistern/config.yml\n")
        .contains("\nStateDirectory=" + root.replaceFirst("^/var/lib/", "") + "\n");
    assertThat(Files.readString(packaging.resolve("deb/build")))
        .contains("\"$root/usr/bin/cistern\"")
        .contains("\"$root/etc/cistern/config.yml\"");
  }
}
