package dev.cistern.server.testing;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.cistern.server.Main;
import java.io.BufferedReader;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A server in a process of its own, on a free port of the loopback address. It is killed when it is
 * closed, and after a minute in any case: a test that reads its log cannot be interrupted.
 */
public final class ServerProcess implements AutoCloseable {

  private static final int SECONDS = 60;
  private static final Pattern LISTENING =
      Pattern.compile("Listening on (http://127\\.0\\.0\\.1:\\d+/)");

  private final Process process;
  private final BufferedReader log;

  private ServerProcess(Process process) {
    this.process = process;
    log = process.inputReader(UTF_8);
  }

  /**
   * Starts a server.
   *
   * @param storage the directory of its content
   * @param variables the rest of its configuration, with the upstream
   * @param options of the virtual machine
   */
  public static ServerProcess start(Path storage, Map<String, String> variables, String... options)
      throws IOException {
    List<String> line = new ArrayList<>();
    line.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    line.addAll(List.of(options));
    line.addAll(List.of("-cp", System.getProperty("java.class.path"), Main.class.getName()));
    line.add("serve");
    ProcessBuilder command = new ProcessBuilder(line).redirectErrorStream(true);
    Map<String, String> environment = command.environment();
    environment.keySet().removeIf(name -> name.startsWith("OTEL_") || name.startsWith("REGISTRY_"));
    environment.put("REGISTRY_HTTP_ADDR", "127.0.0.1:0");
    environment.put("REGISTRY_STORAGE_FILESYSTEM_ROOTDIRECTORY", storage.toString());
    environment.putAll(variables);
    Process process = command.start();
    CompletableFuture.delayedExecutor(SECONDS, TimeUnit.SECONDS).execute(process::destroyForcibly);
    return new ServerProcess(process);
  }

  /** Where it listens, as it says in its log. Call this before other methods that read the log. */
  public URI uri() throws IOException {
    StringBuilder said = new StringBuilder();
    for (String line = log.readLine(); line != null; line = log.readLine()) {
      Matcher listening = LISTENING.matcher(line);
      if (listening.find()) {
        return URI.create(listening.group(1));
      }
      said.append(line).append('\n');
    }
    throw new AssertionError("it does not serve: " + said);
  }

  /** As {@link #uri}. */
  public InetSocketAddress address() throws IOException {
    URI uri = uri();
    return new InetSocketAddress(uri.getHost(), uri.getPort());
  }

  /** Reads the log up to a line that contains this. */
  public void awaitLine(String text) throws IOException {
    for (String line = log.readLine(); line != null; line = log.readLine()) {
      if (line.contains(text)) {
        return;
      }
    }
    throw new AssertionError("it did not log: " + text);
  }

  /** Asks it to stop, as a service manager does. */
  public void terminate() {
    // Process.destroy would close the log as well.
    assertThat(process.toHandle().destroy()).isTrue();
  }

  /** The rest of its log, up to the end of the process. */
  public String rest() throws IOException {
    StringBuilder rest = new StringBuilder();
    for (String line = log.readLine(); line != null; line = log.readLine()) {
      rest.append(line).append('\n');
    }
    return rest.toString();
  }

  /** Waits for its end. */
  public int exitValue() throws InterruptedException {
    assertThat(process.waitFor(SECONDS, TimeUnit.SECONDS)).isTrue();
    return process.exitValue();
  }

  @Override
  public void close() throws IOException {
    process.destroyForcibly().onExit().join();
    log.close();
  }
}
