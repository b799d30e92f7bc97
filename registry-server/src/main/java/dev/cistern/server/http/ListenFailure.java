package dev.cistern.server.http;

import dev.cistern.server.config.ListenAddress;
import java.io.IOException;

/** Says why the server cannot listen on an address, and what to do. */
public final class ListenFailure {

  private ListenFailure() {}

  /**
   * An exception for the operator.
   *
   * @param key the key in the configuration that has the address
   */
  public static IOException of(String key, ListenAddress address, Throwable failure) {
    String reason = rootMessage(failure);
    return new IOException(
        key + ": cannot listen on " + address + ": " + reason + advice(reason), failure);
  }

  private static String rootMessage(Throwable failure) {
    Throwable root = failure;
    while (root.getCause() != null) {
      root = root.getCause();
    }
    return String.valueOf(root.getMessage());
  }

  // The JDK has one exception for both, and the text of the system.
  private static String advice(String reason) {
    if (reason.contains("already in use")) {
      return "; stop the other process, or choose another port";
    }
    return reason.contains("Permission denied")
        ? "; ports below 1024 need CAP_NET_BIND_SERVICE"
        : "";
  }
}
