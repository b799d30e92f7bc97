package dev.cistern.proxy.credential;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * Runs a credential helper for one request. It gets the environment and the standard error of this
 * process, as with Docker and Distribution.
 *
 * @param command a name in the PATH, or a path; run without a shell
 * @param timeout when it is killed, with all processes that it has started
 */
record HelperProgram(String command, Duration timeout) {

  private static final int MAX_OUTPUT = 64 * 1024;

  /** The exit code and standard output. No {@code toString} shows the output. */
  record Output(int exitCode, String text) {
    @Override
    public String toString() {
      return "Output[exitCode=" + exitCode + "]";
    }
  }

  /**
   * Requests the credentials of a server.
   *
   * @throws IOException when the program does not start, does not end in time or writes too much;
   *     the message contains nothing of its output
   */
  Output get(String serverUrl) throws IOException {
    Process process;
    try {
      process =
          new ProcessBuilder(command, "get").redirectError(ProcessBuilder.Redirect.INHERIT).start();
    } catch (IOException e) {
      throw new IOException(
          "the credential helper " + command + " cannot be run: " + e.getMessage(), e);
    }
    try {
      return run(process, serverUrl);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    } finally {
      end(process);
    }
  }

  private Output run(Process process, String serverUrl) throws IOException, InterruptedException {
    long deadline = System.nanoTime() + timeout.toNanos();
    CompletableFuture<byte[]> output = new CompletableFuture<>();
    Thread reader = new Thread(() -> read(process, output), "cistern-credential-helper-output");
    reader.setDaemon(true);
    reader.start();
    send(process, serverUrl);
    try {
      byte[] written = output.get(deadline - System.nanoTime(), TimeUnit.NANOSECONDS);
      if (written.length > MAX_OUTPUT) {
        throw new IOException(
            "the credential helper " + command + " wrote more than " + MAX_OUTPUT + " bytes");
      }
      if (!process.waitFor(deadline - System.nanoTime(), TimeUnit.NANOSECONDS)) {
        throw new TimeoutException();
      }
      return new Output(process.exitValue(), new String(written, StandardCharsets.UTF_8));
    } catch (TimeoutException e) {
      throw new IOException(
          "the credential helper " + command + " did not end within " + timeout.toSeconds() + " s",
          e);
    } catch (ExecutionException e) {
      throw new IOException(
          "the output of the credential helper " + command + " cannot be read", e);
    }
  }

  private static void send(Process process, String serverUrl) {
    try (OutputStream in = process.getOutputStream()) {
      in.write(serverUrl.getBytes(StandardCharsets.UTF_8));
    } catch (IOException e) {
      // A helper may answer without reading the request.
    }
  }

  private static void read(Process process, CompletableFuture<byte[]> output) {
    try (InputStream out = process.getInputStream()) {
      output.complete(out.readNBytes(MAX_OUTPUT + 1));
    } catch (IOException e) {
      output.completeExceptionally(e);
    }
  }

  private static void end(Process process) {
    if (process.isAlive()) {
      process.descendants().forEach(ProcessHandle::destroyForcibly);
      process.destroyForcibly();
    }
  }
}
