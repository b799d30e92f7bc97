package dev.cistern.server;

import java.io.IOException;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletionStage;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells systemd, if it started this process, when the server is ready and when it stops:
 * sd_notify(3) and {@code Type=notify} of systemd.service(5). It is told by a program, because Java
 * has no datagram sockets of the Unix domain.
 */
final class ServiceManager {

  private static final Logger log = LoggerFactory.getLogger(ServiceManager.class);
  private static final String PROGRAM = "systemd-notify";
  private static final String SOCKET = "NOTIFY_SOCKET";
  // The environment of the server may hold passwords.
  private static final Set<String> PASSED_ON = Set.of(SOCKET, "PATH");

  private final String program;
  private final Optional<String> socket;

  private ServiceManager(String program, Optional<String> socket) {
    this.program = program;
    this.socket = socket;
  }

  /** The service manager that the variables of this process name. Without one, nothing is told. */
  static ServiceManager of(Map<String, String> environment) {
    return by(PROGRAM, environment);
  }

  static ServiceManager by(String program, Map<String, String> environment) {
    return new ServiceManager(program, Optional.ofNullable(environment.get(SOCKET)));
  }

  /** The server listens: who waits for the start of the service goes on. */
  void ready() {
    tell("READY=1");
  }

  /** The server stops, and finishes what clients have begun. */
  void stopping() {
    tell("STOPPING=1");
  }

  /** Does not wait: a slow service manager must not delay the server. */
  private void tell(String state) {
    socket.ifPresent(address -> tell(address, state));
  }

  private void tell(String address, String state) {
    ProcessBuilder notice = new ProcessBuilder(program, state);
    notice.redirectErrorStream(true).redirectOutput(ProcessBuilder.Redirect.DISCARD);
    notice.environment().keySet().retainAll(PASSED_ON);
    notice.environment().put(SOCKET, address);
    try {
      Process told = notice.start();
      CompletionStage<Process> ended = told.onExit();
      ended.whenComplete((process, failure) -> check(state, told));
    } catch (IOException e) {
      log.warn(
          "{} cannot be started, so systemd does not know that the server is ready and ends it"
              + " after TimeoutStartSec=; install it, or set Type=exec in the unit",
          program);
    }
  }

  private void check(String state, Process ended) {
    if (ended.exitValue() != 0) {
      log.warn(
          "{} {} ended with exit code {}: systemd does not know the state of the server",
          program,
          state,
          ended.exitValue());
    }
  }
}
