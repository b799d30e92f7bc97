package dev.cistern.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.Callable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ServiceManagerTest {

  @TempDir Path directory;

  @Test
  void tellsItsSocketThatTheServerIsReadyAndThatItStops() throws Exception {
    Path told = directory.resolve("told");
    ServiceManager manager =
        ServiceManager.by(program(told), Map.of("NOTIFY_SOCKET", "/run/some/notify"));

    manager.ready();
    until(() -> read(told).equals("READY=1 /run/some/notify\n"));
    manager.stopping();
    until(() -> read(told).equals("READY=1 /run/some/notify\nSTOPPING=1 /run/some/notify\n"));
  }

  @Test
  void passesNoOtherVariableOn() throws Exception {
    Path told = directory.resolve("told");
    Path program =
        script("env | cut -d= -f1 | sort | xargs > " + told + ".new; mv " + told + ".new " + told);

    ServiceManager.by(program.toString(), Map.of("NOTIFY_SOCKET", "@abstract")).ready();

    until(() -> Files.exists(told));
    // The shell sets some by itself.
    assertThat(Files.readString(told).trim().split(" "))
        .contains("NOTIFY_SOCKET", "PATH")
        .isSubsetOf("NOTIFY_SOCKET", "PATH", "PWD", "SHLVL", "_", "OLDPWD");
  }

  @Test
  void startsNoProgramWithoutAServiceManager() {
    ServiceManager.by(directory.resolve("missing").toString(), Map.of()).ready();
  }

  @Test
  void serverGoesOnWithoutTheProgram() {
    ServiceManager.by(
            directory.resolve("missing").toString(), Map.of("NOTIFY_SOCKET", "/run/some/notify"))
        .ready();
  }

  private static void until(Callable<Boolean> condition) throws Exception {
    long deadline = System.nanoTime() + Duration.ofSeconds(60).toNanos();
    while (!condition.call()) {
      assertThat(System.nanoTime()).as("the program was not called").isLessThan(deadline);
      Thread.onSpinWait();
    }
  }

  private static String read(Path file) throws IOException {
    return Files.exists(file) ? Files.readString(file) : "";
  }

  private String program(Path told) throws IOException {
    return script("echo \"$1 $NOTIFY_SOCKET\" >> " + told).toString();
  }

  private Path script(String command) throws IOException {
    Path script = directory.resolve("notify");
    Files.writeString(script, "#!/bin/sh\n" + command + "\n");
    return Files.setPosixFilePermissions(script, PosixFilePermissions.fromString("rwx------"));
  }
}
