package dev.cistern.server.http;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cistern.server.cli.InstalledDrivers;
import dev.cistern.server.config.ConfigException;
import dev.cistern.server.config.ConfigLoader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** With storage behind a network, the disk of the local directory is checked. */
@Timeout(value = 60, unit = TimeUnit.SECONDS)
class LocalTierHealthTest {

  @TempDir Path directory;

  private RunningServer start(Path local) throws IOException, ConfigException {
    Path file =
        Files.writeString(
            directory.resolve("config.yml"),
            """
            storage: {remote: {}}
            http: {addr: "127.0.0.1:0"}
            proxy: {remoteurl: "http://127.0.0.1:9", local: {rootdirectory: "%s"}}
            health: {storagedriver: {interval: 1s, threshold: 1}}
            """
                .formatted(local));
    return RunningServer.start(
        new ConfigLoader(InstalledDrivers.keys()).load(file, Map.of()).config());
  }

  @Test
  void aLocalDirectoryThatCannotBeWrittenTakesTheServerOutOfService() throws Exception {
    Path local = directory.resolve("local");
    try (RunningServer server = start(local)) {
      ServerTest.await(() -> server.get("/readyz").statusCode() == 200);
      assertThat(ServerTest.text(server.get("/readyz"))).contains("\"storage\":\"writable\"");

      Files.move(local, directory.resolve("gone"));
      Files.writeString(local, "no directory");
      ServerTest.await(() -> server.get("/readyz").statusCode() == 503);

      Files.delete(local);
      Files.move(directory.resolve("gone"), local);
      ServerTest.await(
          () -> ServerTest.text(server.get("/readyz")).contains("\"storage\":\"writable\""));
    }
  }
}
