package dev.cistern.proxy.upstream.http;

/** The default {@code User-Agent}. */
final class UserAgent {

  private UserAgent() {}

  /** {@code cistern/<version>} with the version of the jar, or "dev" without a jar. */
  static String standard() {
    String version = UserAgent.class.getPackage().getImplementationVersion();
    return "cistern/" + (version == null ? "dev" : version);
  }
}
