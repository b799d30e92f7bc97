package dev.cistern.server;

import dev.cistern.proxy.peer.Peers;
import dev.cistern.server.config.PeersConfig;
import dev.cistern.server.config.UnusableConfigException;
import dev.cistern.server.tls.UpstreamTls;
import dev.cistern.storage.FailureText;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.X509Certificate;

/** Turns {@code proxy.peers} into the cluster of the cache. */
final class PeerWiring {

  private static final String SECRET_FILE = "proxy.peers.secretfile";

  private PeerWiring() {}

  /**
   * The cluster. Reads the files that the configuration names.
   *
   * @param via the name of this server
   * @param prefix the path before {@code /v2/} at all servers, without a slash at its end
   * @throws IOException if a file is wrong; the message is for the operator
   */
  static Peers peers(PeersConfig config, String via, String prefix) throws IOException {
    try {
      String secret =
          config.secretFile().isPresent()
              ? secret(config.secretFile().get())
              : config.secret().orElseThrow();
      Peers.Builder peers =
          config.dns().isPresent()
              ? Peers.named(config.dns().get(), secret)
              : Peers.at(config.addresses(), secret);
      peers
          .node(via)
          .prefix(prefix)
          .answerTimeout(config.answerTimeout())
          .stallTimeout(config.stallTimeout());
      config.self().ifPresent(peers::self);
      if (config.ca().isPresent()) {
        for (X509Certificate issuer :
            UpstreamTls.issuers("proxy.peers.tls.ca", config.ca().get())) {
          peers.trustedIssuer(issuer);
        }
      }
      return peers.build();
    } catch (IllegalArgumentException e) {
      throw new UnusableConfigException(
          (config.secretFile().isPresent() ? SECRET_FILE : "proxy.peers") + ": " + e.getMessage(),
          e);
    }
  }

  private static String secret(Path file) throws IOException {
    SecretFile.warnIfReadableByAll(SECRET_FILE, file);
    try {
      return Files.readString(file, StandardCharsets.UTF_8).replaceFirst("\\R\\z", "");
    } catch (IOException e) {
      throw new UnusableConfigException(
          SECRET_FILE + ": " + file + " cannot be read: " + FailureText.of(e), e);
    }
  }
}
