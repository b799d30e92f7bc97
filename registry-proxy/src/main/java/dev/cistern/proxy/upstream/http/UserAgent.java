package dev.cistern.proxy.upstream.http;

/** How this client calls itself. */
final class UserAgent {

  private UserAgent() {}

  /** {@code cistern/<version>}; the version is that of the jar, "dev" outside of one. */
  static String standard() {
    String version = UserAgent.class.getPackage().getImplementationVersion();
    return "cistern/" + (version == null ? "dev" : version);
  }
}
